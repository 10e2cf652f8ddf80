data "machineid_org_role" "member" {
  slug = "member"
}

# What members of the organisation may do, rule by rule.
output "member_permissions" {
  value = data.machineid_org_role.member.permissions
}
