variable "roles" {
  type = any
  default = [
    { slug = "viewer" },
    { slug = "admin", temporary = { start = "2036-12-01T08:00:00Z", duration = "8h" } },
  ]
}

resource "machineid_project" "shop" {
  name = "shop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id

  dynamic "role" {
    for_each = provider::machineid::roles(var.roles)
    content {
      slug = role.value.slug

      dynamic "temporary" {
        for_each = role.value.temporary[*]
        content {
          start    = temporary.value.start
          duration = temporary.value.duration
        }
      }
    }
  }
}
