# Reads and creates identities.
resource "machineid_organization_role" "creator" {
  slug        = "creator"
  name        = "Creator"
  description = "Creates identities for new services"

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
  role = machineid_organization_role.creator.slug
}
