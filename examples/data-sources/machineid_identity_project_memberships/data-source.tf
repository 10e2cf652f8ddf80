resource "machineid_identity" "ci" {
  name = "ci"
}

data "machineid_identity_project_memberships" "ci" {
  identity_id = machineid_identity.ci.id
}

output "projects" {
  value = data.machineid_identity_project_memberships.ci.memberships[*].project_name
}
