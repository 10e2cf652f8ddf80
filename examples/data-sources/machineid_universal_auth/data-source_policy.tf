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

# Access tokens expire after a day at most, also if the identity is managed elsewhere. The TTL is null if they do not.
check "short_tokens" {
  assert {
    condition     = try(provider::machineid::seconds(data.machineid_universal_auth.ci.access_token_max_ttl) <= provider::machineid::seconds("1d"), false)
    error_message = "Access tokens of the identity ci can be used for more than a day."
  }
}
