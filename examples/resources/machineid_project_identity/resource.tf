resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_identity" "deployer" {
  project_id = machineid_project.shop.id
  name       = "deployer"
}
