resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

resource "machineid_universal_auth_client_secret" "ci" {
  identity_id    = machineid_universal_auth.ci.identity_id # not the identity's id: the method comes first
  description    = "GitHub"
  ttl            = "90d"
  num_uses_limit = 0 # logins without a limit
}
