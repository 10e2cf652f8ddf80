resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

# All roles of the identity in the project. The apply removes roles that have no block here.
resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id

  role {
    slug = "viewer"
  }

  role { # for one day's migration
    slug = "admin"
    temporary {
      start    = "2026-12-01T08:00:00Z"
      duration = "8h"
    }
  }
}
