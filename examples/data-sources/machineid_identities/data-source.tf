# Everybody who is an admin of the organisation.
data "machineid_identities" "admins" {
  role = "admin"
}

# Everybody of a team, with all their metadata.
data "machineid_identities" "payments" {
  metadata = { team = "payments" }
}

output "admins" {
  value = data.machineid_identities.admins.identities[*].name
}
