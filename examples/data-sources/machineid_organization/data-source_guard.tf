variable "organization_id" {
  description = "Organisation that this state belongs to; null: any."
  type        = string
  default     = null
}

data "machineid_organization" "ours" {}

# Credentials of another organisation in the environment make nothing here.
resource "machineid_identity" "ci" {
  name = "ci"

  lifecycle {
    precondition {
      condition     = var.organization_id == null || data.machineid_organization.ours.id == var.organization_id
      error_message = "The provider is logged in to organisation ${data.machineid_organization.ours.id}."
    }
  }
}
