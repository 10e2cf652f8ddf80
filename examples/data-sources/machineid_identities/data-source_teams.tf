# All identities of a team, with their metadata.
data "machineid_identities" "payments" {
  metadata = { team = "payments" }
}

# Those that can log in with a stored secret.
output "with_secrets" {
  value = [
    for identity in data.machineid_identities.payments.identities : identity.name
    if contains(identity.auth_methods, "universal-auth")
  ]
}

check "owners" {
  assert {
    condition     = alltrue([for identity in data.machineid_identities.payments.identities : contains(keys(identity.metadata), "owner")])
    error_message = "An identity of the team has no owner in its metadata."
  }
}
