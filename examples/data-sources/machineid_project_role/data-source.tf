resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_role" "viewer" {
  project_id = machineid_project.shop.id
  slug       = "viewer"
}

output "viewers_may_read" {
  value = [for rule in data.machineid_project_role.viewer.permissions : rule.subject if contains(rule.actions, "read")]
}
