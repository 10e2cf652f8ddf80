variable "organization_id" {
  description = "Organization that this state belongs to; null for any."
  type        = string
  default     = null
}

data "machineid_organization" "ours" {}

# Creates nothing with credentials of another organization.
resource "machineid_identity" "ci" {
  name = "ci"

  lifecycle {
    precondition {
      condition     = var.organization_id == null || data.machineid_organization.ours.id == var.organization_id
      error_message = "The provider is logged in to organization ${data.machineid_organization.ours.id}."
    }
  }
}
