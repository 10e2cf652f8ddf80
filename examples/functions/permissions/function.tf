# As the variable has the type any, the function sees every name in it, and rejects those that a permission block
# does not have.
variable "permissions" {
  type = any
  default = [
    {
      subject   = "secrets"
      actions   = ["readValue"]
      condition = { key = "environment", eq = "dev" }
    },
  ]
}

resource "machineid_project" "shop" {
  name = "shop"
}

resource "machineid_project_role" "reader" {
  project_id = machineid_project.shop.id
  slug       = "reader"
  name       = "Reader"

  dynamic "permission" {
    for_each = provider::machineid::permissions(var.permissions)
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
