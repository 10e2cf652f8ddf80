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

data "machineid_identity_project_memberships" "ci" {
  identity_id = machineid_project_membership.ci.identity_id
}

# Projects in which the identity is an admin, now or at another time.
output "admin_of" {
  value = [
    for membership in data.machineid_identity_project_memberships.ci.memberships : membership.project_name
    if contains(membership.role[*].slug, "admin")
  ]
}
