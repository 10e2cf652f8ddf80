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

# Where its rights on secrets come from.
output "sources" {
  value = distinct([for p in data.machineid_effective_permissions.ci.project_permissions : p.source.slug if p.subject == "secrets"])
}

# A viewer may read every secret and change none.
output "may_edit" {
  value = provider::machineid::can(data.machineid_effective_permissions.ci.project_permissions, "edit", "secrets")
}
