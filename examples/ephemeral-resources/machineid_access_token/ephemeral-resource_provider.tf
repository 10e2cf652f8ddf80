# An identity that is made and used in the same run: what it does here, it does with its own rights.
resource "machineid_identity" "ci" {
  name = "ci"
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
  minimum_ttl   = "10m" # what the run takes; less is a warning
}

# For providers and write-only arguments, which accept ephemeral values.
provider "machineid" {
  alias        = "ci"
  access_token = ephemeral.machineid_access_token.ci.access_token
}
