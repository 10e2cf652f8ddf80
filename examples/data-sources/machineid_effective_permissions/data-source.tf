resource "machineid_identity" "ci" {
  name = "ci"
}

data "machineid_effective_permissions" "ci" {
  identity_id = machineid_identity.ci.id
}

# Empty, since the role of the identity is no-access.
output "subjects" {
  value = data.machineid_effective_permissions.ci.organization_permission[*].subject
}
