locals {
  permissions = [
    {
      subject = "secrets"
      actions = ["readValue"]
      condition = [
        { key = "environment", in = ["dev", "staging"] },
        { key = "secretPath", glob = "/app/**" },
      ]
    },
  ]
}

output "reads_in_dev" { # true
  value = provider::machineid::allows(local.permissions, "readValue", "secrets", {
    environment = "dev"
    secretPath  = "/app/db"
  })
}

output "reads_in_prod" { # false
  value = provider::machineid::allows(local.permissions, "readValue", "secrets", {
    environment = "prod"
    secretPath  = "/app/db"
  })
}
