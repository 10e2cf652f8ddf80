resource "machineid_identity" "reporter" {
  name = "reporter"
}

resource "machineid_token_auth" "reporter" {
  identity_id          = machineid_identity.reporter.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

ephemeral "machineid_token_auth_token" "reporter" {
  identity_id = machineid_token_auth.reporter.identity_id
}
