resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# In plain text in the state, until it is replaced.
resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id # not the identity's id: the method comes first
  description = "GitHub"
  ttl         = "90d"
}
