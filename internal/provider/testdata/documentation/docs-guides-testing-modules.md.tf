terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}

provider "machineid" {
  sandbox { path = "./sandbox.db" }
}

resource "machineid_identity" "this" {
  name = "deployer"
}

resource "machineid_universal_auth" "this" {
  identity_id          = machineid_identity.this.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

resource "machineid_universal_auth_client_secret" "this" {
  identity_id = machineid_universal_auth.this.identity_id
}
