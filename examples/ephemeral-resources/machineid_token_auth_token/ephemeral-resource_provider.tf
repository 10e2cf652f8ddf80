resource "machineid_identity" "reporter" {
  name = "reporter"
}

resource "machineid_token_auth" "reporter" {
  identity_id          = machineid_identity.reporter.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# No secret of the identity exists: who applies this makes the token, and it is revoked at the end.
ephemeral "machineid_token_auth_token" "reporter" {
  identity_id = machineid_token_auth.reporter.identity_id
  name        = "terraform"
}

# For providers and write-only arguments, which accept ephemeral values.
provider "machineid" {
  alias        = "reporter"
  access_token = ephemeral.machineid_token_auth_token.reporter.access_token
}
