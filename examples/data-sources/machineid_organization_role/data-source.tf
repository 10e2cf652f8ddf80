data "machineid_organization_role" "member" {
  slug = "member"
}

# What members of the organisation may do, rule by rule.
output "member_permissions" {
  value = data.machineid_organization_role.member.permissions
}
