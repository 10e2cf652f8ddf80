resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_role" "app" {
  project_id = machineid_project.shop.id
  slug       = "app"
  name       = "App"

  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]
  }
}
