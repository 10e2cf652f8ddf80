# Everybody who is an admin of the organisation.
data "machineid_identities" "admins" {
  role = "admin"
}

output "admins" {
  value = data.machineid_identities.admins.identities[*].name
}
