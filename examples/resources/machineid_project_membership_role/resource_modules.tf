resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

# Each of these can be in a module of its own. Neither changes the role of the other.
resource "machineid_project_membership_role" "reads" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id
  role        = "viewer"
}

resource "machineid_project_membership_role" "migrates" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id
  role        = "member"

  temporary {
    start    = "2026-12-01T08:00:00Z"
    duration = "8h"
  }
}
