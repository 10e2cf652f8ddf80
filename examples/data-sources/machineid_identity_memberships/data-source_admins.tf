data "machineid_identity_memberships" "all" {}

# Admins that have not logged in since the server records logins.
output "idle_admins" {
  value = [
    for membership in data.machineid_identity_memberships.all.memberships : membership.identity_name
    if membership.role == "admin" && membership.last_login_at == null
  ]
}
