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

output "client_id" {
  value = data.machineid_universal_auth.ci.client_id
}
