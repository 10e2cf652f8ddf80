# Sees everything that an auditor asks for, and changes nothing.
resource "machineid_organization_role" "auditor" {
  slug        = "auditor"
  name        = "Auditor"
  description = "Reads identities, roles and the audit log"
  permissions = [
    for subject in ["identity", "role", "audit-logs"] : { subject = subject, actions = ["read"] }
  ]
}

resource "machineid_identity" "auditor" {
  name     = "auditor"
  role     = machineid_organization_role.auditor.slug
  metadata = { team = "security" }
}
