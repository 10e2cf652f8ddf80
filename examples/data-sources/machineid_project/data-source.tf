resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project" "shop" {
  slug = machineid_project.shop.slug
}

output "environments" {
  value = data.machineid_project.shop.environments[*].slug
}
