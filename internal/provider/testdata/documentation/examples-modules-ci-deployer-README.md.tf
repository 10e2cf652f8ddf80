resource "machineid_project" "webshop" {
  name = "Web shop"
  slug = "webshop"
}
