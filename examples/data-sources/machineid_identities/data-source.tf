# All admins of the organization.
data "machineid_identities" "admins" {
  role = "admin"
}

output "admins" {
  value = data.machineid_identities.admins.identities[*].name
}
