# A provider that works as the identity, with a CLI that is too old for ephemeral resources.
resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "5m" # nobody revokes the token: let it die soon
  access_token_max_ttl = "5m"
}

resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

data "machineid_access_token" "ci" {
  client_id     = machineid_universal_auth.ci.client_id
  client_secret = machineid_universal_auth_client_secret.ci.client_secret
}

provider "machineid" {
  alias        = "ci"
  access_token = data.machineid_access_token.ci.access_token
}
