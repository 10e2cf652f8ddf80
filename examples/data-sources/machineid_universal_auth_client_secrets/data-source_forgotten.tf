resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# Client secrets that nobody has used in the 90 days since they were created.
data "machineid_universal_auth_client_secrets" "forgotten" {
  identity_id    = machineid_universal_auth.ci.identity_id
  created_before = timeadd(plantimestamp(), "-2160h")
  unused         = true
}

output "forgotten" {
  value = data.machineid_universal_auth_client_secrets.forgotten.client_secrets[*].description
}
