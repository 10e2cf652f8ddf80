# A role of one's own: what a viewer may see, but no secrets.
resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_role" "viewer" {
  project_id = machineid_project.shop.id
  slug       = "viewer"
}

resource "machineid_project_role" "structure" {
  project_id  = machineid_project.shop.id
  slug        = "structure"
  name        = "Sees everything but secrets"
  permissions = [for rule in data.machineid_project_role.viewer.permissions : rule if rule.subject != "secrets"]
}
