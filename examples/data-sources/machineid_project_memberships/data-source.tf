resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_memberships" "shop" {
  project_id = machineid_project.shop.id
}

output "members" {
  value = data.machineid_project_memberships.shop.memberships[*].identity_name
}
