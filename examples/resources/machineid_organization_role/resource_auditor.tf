# Reads identities, roles and the audit log.
resource "machineid_organization_role" "auditor" {
  slug        = "auditor"
  name        = "Auditor"
  description = "Reads identities, roles and the audit log"

  dynamic "permission" {
    for_each = ["identity", "role", "audit-logs"]
    content {
      subject = permission.value
      actions = ["read"]
    }
  }
}

resource "machineid_identity" "auditor" {
  name     = "auditor"
  role     = machineid_organization_role.auditor.slug
  metadata = { team = "security" }
}
