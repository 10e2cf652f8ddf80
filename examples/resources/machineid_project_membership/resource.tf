resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

# All roles of the identity in the project: what is not here is taken away.
resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id
  roles = [
    { role = "viewer" },
    { role = "admin", temporary = { range = "8h", start = "2026-12-01T08:00:00Z" } }, # for one day's migration
  ]
}
