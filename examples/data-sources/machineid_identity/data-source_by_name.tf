# An identity that somebody else manages, such as another team's state, gets a role in a project.
resource "machineid_identity" "ci" {
  name = "ci"
}

data "machineid_identity" "ci" {
  name = "ci" # which must be the name of one identity only

  # Only because both stand in one file here.
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
