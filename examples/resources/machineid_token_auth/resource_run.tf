# For something that can only hold a token: one for the run, revoked at its end.
resource "machineid_identity" "migration" {
  name = "migration"
}

resource "machineid_token_auth" "migration" {
  identity_id              = machineid_identity.migration.id
  access_token_ttl         = "15m"
  access_token_max_ttl     = "15m"
  access_token_trusted_ips = ["10.0.0.0/8", "127.0.0.1/32"]
}

ephemeral "machineid_token_auth_token" "migration" {
  identity_id = machineid_token_auth.migration.identity_id
  name        = "database migration"
}
