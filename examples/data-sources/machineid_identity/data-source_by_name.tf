# A role in a project for an identity that is managed elsewhere, such as in another state.
resource "machineid_identity" "ci" {
  name = "ci"
}

data "machineid_identity" "ci" {
  name = "ci" # must be the name of exactly one identity

  # Needed only because this file also creates it.
  depends_on = [machineid_identity.ci]
}

resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = data.machineid_identity.ci.id

  role {
    slug = "viewer"
  }
}
