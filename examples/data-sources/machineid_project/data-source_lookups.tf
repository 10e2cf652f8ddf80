# A project that somebody else manages: a role in it, for whichever environments it has but prod.
resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project" "shop" {
  name = "Web shop" # which must be the name of one project only; id and slug always are

  # Only because both stand in one file here.
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
