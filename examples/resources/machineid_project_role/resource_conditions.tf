resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_role" "app" {
  project_id  = machineid_project.shop.id
  slug        = "app"
  name        = "App"
  description = "Reads the secrets of the app"

  # Both conditions must hold: a secret in dev or staging, below /app.
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

  # A denial overrides all rules that allow.
  permission {
    effect  = "deny"
    subject = "secrets"
    actions = ["readValue"]

    condition {
      key  = "secretName"
      glob = "ROOT_*"
    }
  }

  # Dynamic secrets whose metadata has team = "payments".
  permission {
    subject = "dynamic-secrets"
    actions = ["lease"]

    condition {
      key = "metadata"

      elem_match {
        field = "key"
        eq    = "team"
      }

      elem_match {
        field = "value"
        eq    = "payments"
      }
    }
  }
}
