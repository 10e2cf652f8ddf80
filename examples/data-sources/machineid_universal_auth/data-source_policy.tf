resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}

data "machineid_universal_auth" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

# No access token may live longer than a day, whoever manages the identity.
check "short_tokens" {
  assert {
    condition     = provider::machineid::seconds(data.machineid_universal_auth.ci.access_token_max_ttl) <= provider::machineid::seconds("1d")
    error_message = "An access token of the identity ci can live for ${data.machineid_universal_auth.ci.access_token_max_ttl}."
  }
}
