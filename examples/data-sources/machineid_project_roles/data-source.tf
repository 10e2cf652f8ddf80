resource "machineid_project" "shop" {
  name = "Web shop"
}

data "machineid_project_roles" "shop" {
  project_id = machineid_project.shop.id
}

output "roles" {
  value = data.machineid_project_roles.shop.roles[*].slug
}
