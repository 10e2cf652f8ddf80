# A role of one's own: what members may do, but nothing with identities.
data "machineid_org_role" "member" {
  slug = "member"
}

resource "machineid_org_role" "member_without_identities" {
  slug        = "member-without-identities"
  name        = "Member without identities"
  permissions = [for rule in data.machineid_org_role.member.permissions : rule if rule.subject != "identity"]
}
