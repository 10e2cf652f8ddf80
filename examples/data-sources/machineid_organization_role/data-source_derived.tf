# A role of one's own: what members may do, but nothing with identities.
data "machineid_organization_role" "member" {
  slug = "member"
}

resource "machineid_organization_role" "member_without_identities" {
  slug        = "member-without-identities"
  name        = "Member without identities"
  permissions = [for rule in data.machineid_organization_role.member.permissions : rule if rule.subject != "identity"]
}
