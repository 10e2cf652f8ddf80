resource "machineid_project" "shop" {
  name        = "Web shop"
  slug        = "webshop"
  description = "Secrets of the web shop"
}
