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

resource "machineid_project_privilege" "migration" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_project_membership.ci.identity_id # of the membership, so that it is created first
  slug        = "migration"

  permission {
    subject = "secrets"
    actions = ["create", "edit"]
  }
}
