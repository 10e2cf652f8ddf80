resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "5m"
  access_token_max_ttl = "5m"
}

resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

data "machineid_access_token" "ci" {
  client_id     = machineid_universal_auth.ci.client_id
  client_secret = machineid_universal_auth_client_secret.ci.client_secret
}
