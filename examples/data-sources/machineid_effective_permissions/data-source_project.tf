resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id

  role {
    slug = "viewer"
  }
}

data "machineid_effective_permissions" "ci" {
  identity_id = machineid_project_membership.ci.identity_id
  project_id  = machineid_project_membership.ci.project_id
}

# Roles and privileges with rules on secrets.
output "sources" {
  value = distinct([for rule in data.machineid_effective_permissions.ci.project_permission : rule.source.slug if rule.subject == "secrets"])
}

# false: a viewer can read all secrets and change none.
output "can_edit" {
  value = provider::machineid::allows(data.machineid_effective_permissions.ci.project_permission, "edit", "secrets")
}
