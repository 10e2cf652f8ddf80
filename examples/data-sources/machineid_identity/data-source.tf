resource "machineid_identity" "ci" {
  name = "ci"
}

data "machineid_identity" "ci" {
  id = machineid_identity.ci.id
}

output "auth_methods" {
  value = data.machineid_identity.ci.auth_methods
}
