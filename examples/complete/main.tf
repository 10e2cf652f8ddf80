# The main job: an identity for CI that logs in, and whose token is good for minutes.
# An administrator makes it; the same run then uses it.

terraform {
  required_version = ">= 1.10" # ephemeral resources; in OpenTofu from 1.11 on
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

# The administrator. Where and who stands in the environment: INFISICAL_HOST,
# INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET.
provider "machineid" {}

resource "machineid_identity" "ci" {
  name = "ci"
  role = "member"
  metadata = {
    team = "payments"
  }
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}

resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
  description = "CI"
  ttl         = "90d"
}

# A token that is in no state and no plan, and that is revoked at the end of the run.
ephemeral "machineid_access_token" "ci" {
  client_id     = machineid_universal_auth.ci.client_id
  client_secret = machineid_universal_auth_client_secret.ci.client_secret
}

# From here on as the identity itself.
provider "machineid" {
  alias        = "ci"
  access_token = ephemeral.machineid_access_token.ci.access_token
}

data "machineid_identity" "myself" {
  provider = machineid.ci
  id       = machineid_identity.ci.id

  # Where the secret is about to change there is no token at plan: the read waits for the apply.
  depends_on = [machineid_universal_auth_client_secret.ci]
}
