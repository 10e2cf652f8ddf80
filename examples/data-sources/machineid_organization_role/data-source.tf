data "machineid_organization_role" "member" {
  slug = "member"
}

# The rules of the built-in role.
output "member_permissions" {
  value = data.machineid_organization_role.member.permission
}

output "members_can_create_identities" {
  value = provider::machineid::allows(data.machineid_organization_role.member.permission, "create", "identity")
}
