# What the rules of each team allow.
terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "permissions" {
  type = any
}

output "payments_reads_shop" {
  value = provider::machineid::allows(var.permissions["payments/shop"], "readValue", "secrets")
}

output "payments_edits_shop" {
  value = provider::machineid::allows(var.permissions["payments/shop"], "edit", "secrets", { environment = "dev", secretPath = "/payments/db" })
}

output "payments_edits_shop_reason" {
  value = provider::machineid::explain(var.permissions["payments/shop"], "edit", "secrets", { environment = "dev", secretPath = "/payments/db" })
}

output "payments_edits_own_folder" {
  value = provider::machineid::allows(var.permissions["payments/billing"], "edit", "secrets", { environment = "prod", secretPath = "/payments/db" })
}

output "design_edits_own_folder" {
  value = provider::machineid::allows(var.permissions["design/shop"], "edit", "secrets", { environment = "prod", secretPath = "/design/fonts" })
}

output "design_reads_payments" {
  value = provider::machineid::allows(var.permissions["design/shop"], "readValue", "secrets", { environment = "dev", secretPath = "/payments/db" })
}

output "assigns_roles" {
  value = anytrue([for permissions in var.permissions : provider::machineid::allows(permissions, "assign-role", "identity")])
}
