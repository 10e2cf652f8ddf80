# A role in a project that is managed elsewhere, for all of its environments but prod.
resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project" "shop" {
  name = "Web shop" # must be the name of exactly one project; id and slug are unique

  # Needed only because this file also creates it.
  depends_on = [machineid_project.shop]
}

resource "machineid_project_role" "tester" {
  project_id = data.machineid_project.shop.id
  slug       = "tester"
  name       = "Tester"

  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]

    condition {
      key = "environment"
      in  = [for e in data.machineid_project.shop.environments : e.slug if e.slug != "prod"]
    }
  }
}
