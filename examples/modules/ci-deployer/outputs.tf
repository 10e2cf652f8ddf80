output "identity_id" {
  description = "ID of the identity."
  value       = machineid_project_membership.this.identity_id # it can do its work once it is a member
}

output "client_id" {
  description = "What the deployment logs in with, together with the client secret."
  value       = machineid_universal_auth.this.client_id
}

output "client_secret" {
  description = "For the secret store of the deployment's runner."
  value       = machineid_universal_auth_client_secret.this.client_secret
  sensitive   = true
}

output "client_secret_expires_at" {
  description = "Until when the client secret is to be replaced."
  value       = machineid_universal_auth_client_secret.this.expires_at
}

output "permissions" {
  description = "Rules of its role in the project, for the function allows."
  value       = machineid_project_role.this.permission
}
