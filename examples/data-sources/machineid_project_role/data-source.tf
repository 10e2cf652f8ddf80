resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_role" "viewer" {
  project_id = machineid_project.shop.id
  slug       = "viewer"
}

output "subjects_that_viewers_can_read" {
  value = [for rule in data.machineid_project_role.viewer.permission : rule.subject if contains(rule.actions, "read")]
}

output "viewers_can_edit_secrets" { # false
  value = provider::machineid::allows(data.machineid_project_role.viewer.permission, "edit", "secrets")
}
