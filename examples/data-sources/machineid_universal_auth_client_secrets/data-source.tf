resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

data "machineid_universal_auth_client_secrets" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

# The first four characters of each secret, and the number of logins with it.
output "uses" {
  value = { for secret in data.machineid_universal_auth_client_secrets.ci.client_secrets : secret.client_secret_prefix => secret.num_uses }
}
