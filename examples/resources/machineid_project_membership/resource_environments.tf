# An identity for each environment that reads only the secrets of that environment.
resource "machineid_project" "orders" {
  name = "Orders"
  slug = "orders"
}

resource "machineid_identity" "orders" {
  for_each = toset(["dev", "staging", "prod"])
  name     = "orders ${each.key}"
}

resource "machineid_project_role" "reads" {
  for_each = machineid_identity.orders

  project_id = machineid_project.orders.id
  slug       = "reads-${each.key}"
  name       = "Reads ${each.key}"

  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue"]

    condition {
      key = "environment"
      eq  = each.key
    }
  }
}

resource "machineid_project_membership" "orders" {
  for_each = machineid_identity.orders

  project_id  = machineid_project.orders.id
  identity_id = each.value.id

  role {
    slug = machineid_project_role.reads[each.key].slug
  }
}
