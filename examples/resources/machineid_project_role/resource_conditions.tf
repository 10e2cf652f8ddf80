resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_role" "app" {
  project_id  = machineid_project.shop.id
  slug        = "app"
  name        = "App"
  description = "Reads the secrets of the app"
  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }
  # A denial always wins: not these, even there.
  permission {
    effect  = "deny"
    subject = "secrets"
    actions = ["readValue"]
    condition {
      key  = "secretName"
      glob = "ROOT_*"
    }
  }
}
