# What the rules of the deployer allow.
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

locals {
  there = { environment = "dev", secretPath = "/app/db", secretName = "URL" }
}

output "reads_each_environment" {
  value = alltrue([for environment in ["dev", "staging"] :
    provider::machineid::allows(var.permissions, "readValue", "secrets", merge(local.there, { environment = environment }))
  ])
}

output "reads_prod" {
  value = provider::machineid::allows(var.permissions, "readValue", "secrets", merge(local.there, { environment = "prod" }))
}

output "reads_another_folder" {
  value = provider::machineid::allows(var.permissions, "readValue", "secrets", merge(local.there, { secretPath = "/payroll" }))
}

output "reads_a_root_secret" {
  value = provider::machineid::allows(var.permissions, "readValue", "secrets", merge(local.there, { secretName = "ROOT_KEY" }))
}

output "changes_secrets" {
  value = anytrue([for action in ["create", "edit", "delete"] :
    provider::machineid::allows(var.permissions, action, "secrets", local.there)
  ])
}

output "manages_identities" {
  value = anytrue([for action in ["read", "assign-role"] : provider::machineid::allows(var.permissions, action, "identity")])
}

output "reason_dev" {
  value = provider::machineid::explain(var.permissions, "readValue", "secrets", local.there)
}

output "reason_prod" {
  value = provider::machineid::explain(var.permissions, "readValue", "secrets", merge(local.there, { environment = "prod" }))
}
