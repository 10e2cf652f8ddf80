locals {
  permissions = [
    { subject = "secrets", actions = ["readValue", "edit", "delete"] },
    { effect = "deny", subject = "secrets", actions = ["delete"], condition = { key = "environment", eq = "prod" } },
  ]
}

output "in_dev" { # allowed by rule 1: allow secrets.delete
  value = provider::machineid::explain(local.permissions, "delete", "secrets", { environment = "dev" })
}

output "in_prod" { # denied by rule 2: deny secrets.delete where environment is prod
  value = provider::machineid::explain(local.permissions, "delete", "secrets", { environment = "prod" })
}
