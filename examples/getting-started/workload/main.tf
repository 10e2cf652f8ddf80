# An identity that may read the secrets of one environment, and nothing else anywhere.

terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

# Where and who stands in the environment: INFISICAL_HOST, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and
# INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET.
provider "machineid" {}

resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "web-shop"
}

resource "machineid_project_role" "reader" {
  project_id = machineid_project.shop.id
  slug       = "prod-reader"
  name       = "Reads prod"

  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]

    condition {
      key = "environment"
      eq  = "prod"
    }
  }
}

resource "machineid_identity" "shop" {
  name     = "web shop"
  metadata = { team = "payments" }
}

resource "machineid_universal_auth" "shop" {
  identity_id          = machineid_identity.shop.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}

resource "machineid_project_membership" "shop" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.shop.id

  role {
    slug = machineid_project_role.reader.slug
  }
}

resource "machineid_universal_auth_client_secret" "shop" {
  identity_id          = machineid_universal_auth.shop.identity_id
  description          = "production"
  ttl                  = "90d"
  rotate_before_expiry = "14d"
}

output "client_id" {
  value = machineid_universal_auth.shop.client_id
}

output "client_secret" {
  value     = machineid_universal_auth_client_secret.shop.client_secret
  sensitive = true
}
