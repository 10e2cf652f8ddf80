resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

# By its ID …
data "machineid_project" "by_id" {
  id = machineid_project.shop.id
}

# … its slug …
data "machineid_project" "by_slug" {
  slug = machineid_project.shop.slug
}

# … or its name, which must be the name of one project only.
data "machineid_project" "by_name" {
  name = machineid_project.shop.name

  depends_on = [machineid_project.shop]
}
