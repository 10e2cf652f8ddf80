locals {
  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }
  permission {
    subject = "secret-folders"
    actions = ["read"]
  }
}

# One secret of an environment that the conditions name: true.
output "may_read_dev" {
  value = provider::machineid::can(local.permissions, "readValue", "secrets", { environment = "dev", secret_path = "/app/database" })
}

# Another environment: false.
output "may_read_prod" {
  value = provider::machineid::can(local.permissions, "readValue", "secrets", { environment = "prod", secret_path = "/app/database" })
}

# Any secret at all: false, as there are conditions.
output "may_read_all" {
  value = provider::machineid::can(local.permissions, "readValue", "secrets")
}

# A plan warns as soon as the permissions above could read prod.
check "nothing_in_prod" {
  assert {
    condition     = !provider::machineid::can(local.permissions, "readValue", "secrets", { environment = "prod", secret_path = "/app" })
    error_message = "The application must not read prod."
  }
}
