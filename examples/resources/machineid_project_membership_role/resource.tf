resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_project_membership_role" "reads" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id
  role        = "viewer"
}
