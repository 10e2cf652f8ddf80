resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

data "machineid_universal_auth_client_secrets" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
}

# Their first four characters, and how often each has been logged in with.
output "uses" {
  value = { for secret in data.machineid_universal_auth_client_secrets.ci.client_secrets : secret.prefix => secret.num_uses }
}
