resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# Good for ten minutes and two logins at most, and revoked at the end of the run.
ephemeral "machineid_universal_auth_client_secret" "ci" {
  identity_id    = machineid_universal_auth.ci.identity_id
  ttl            = "10m"
  num_uses_limit = 2
}

# For providers and write-only arguments, which accept ephemeral values.
provider "machineid" {
  alias = "ci"
  universal_auth {
    client_id     = machineid_universal_auth.ci.client_id
    client_secret = ephemeral.machineid_universal_auth_client_secret.ci.client_secret
  }
}
