# The main job without any server: the identity API runs within the provider, on the file sandbox.db.
# For tests and demonstrations: nothing here exists anywhere else, and every run warns of it.

terraform {
  required_version = ">= 1.10" # ephemeral resources; in OpenTofu from 1.11 on
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

provider "machineid" {
  sandbox { path = "./sandbox.db" }
}

resource "machineid_identity" "ci" {
  name = "ci"
  role = "member"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}

resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

ephemeral "machineid_access_token" "ci" {
  client_id     = machineid_universal_auth.ci.client_id
  client_secret = machineid_universal_auth_client_secret.ci.client_secret
}

# From here on as the identity itself, in the same sandbox.
provider "machineid" {
  alias = "ci"
  sandbox {
    path         = "./sandbox.db"
    access_token = ephemeral.machineid_access_token.ci.access_token
  }
}

data "machineid_identity" "myself" {
  provider   = machineid.ci
  id         = machineid_identity.ci.id
  depends_on = [machineid_universal_auth_client_secret.ci]
}
