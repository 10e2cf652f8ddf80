# A custom role with the rules of the built-in role member, without those on identities.
data "machineid_organization_role" "member" {
  slug = "member"
}

resource "machineid_organization_role" "member_without_identities" {
  slug = "member-without-identities"
  name = "Member without identities"

  dynamic "permission" {
    for_each = [for rule in data.machineid_organization_role.member.permission : rule if rule.subject != "identity"]
    content {
      subject       = permission.value.subject
      actions       = permission.value.actions
      effect        = permission.value.effect
      allow_unknown = permission.value.allow_unknown

      dynamic "condition" {
        for_each = permission.value.condition
        content {
          key  = condition.value.key
          eq   = condition.value.eq
          ne   = condition.value.ne
          in   = condition.value.in
          all  = condition.value.all
          glob = condition.value.glob

          dynamic "elem_match" {
            for_each = condition.value.elem_match
            content {
              field = elem_match.value.field
              eq    = elem_match.value.eq
              ne    = elem_match.value.ne
              in    = elem_match.value.in
            }
          }
        }
      }
    }
  }
}
