output "identity_id" {
  description = "The identity that was made."
  value       = machineid_identity.ci.id
}

output "client_id" {
  description = "What CI logs in with, together with the client secret."
  value       = machineid_universal_auth.ci.client_id
}

output "client_secret" {
  description = "For the secret store of CI. It stands in the state, so the state is a secret too."
  value       = machineid_universal_auth_client_secret.ci.client_secret
  sensitive   = true
}

output "read_by_the_identity" {
  description = "The identity's own name and role, read with the token that was issued to it."
  value       = "${data.machineid_identity.myself.name} (${data.machineid_identity.myself.role})"
}
