# A custom role with the rules of the built-in role viewer, without those on secrets.
resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_role" "viewer" {
  project_id = machineid_project.shop.id
  slug       = "viewer"
}

resource "machineid_project_role" "structure" {
  project_id = machineid_project.shop.id
  slug       = "structure"
  name       = "Viewer without secrets"

  dynamic "permission" {
    for_each = [for rule in data.machineid_project_role.viewer.permission : rule if rule.subject != "secrets"]
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
