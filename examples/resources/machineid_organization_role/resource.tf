# May look at identities and make new ones, and nothing else.
resource "machineid_organization_role" "hiring" {
  slug        = "hiring"
  name        = "Hiring"
  description = "Makes identities for new services"
  permission {
    subject = "identity"
    actions = ["read", "create"]
  }
  permission {
    subject = "role"
    actions = ["read"]
  }
}

resource "machineid_identity" "portal" {
  name = "portal"
  role = machineid_organization_role.hiring.slug
}
