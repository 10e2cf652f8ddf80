variable "role" {
  description = "Slug of the role that the identity gets."
  type        = string
  default     = "no-access"
}

data "machineid_organization_roles" "all" {}

# A role that does not exist is refused at plan, with the names of those that do.
resource "machineid_identity" "ci" {
  name = "ci"
  role = var.role

  lifecycle {
    precondition {
      condition     = contains(data.machineid_organization_roles.all.roles[*].slug, var.role)
      error_message = "Choose one of ${join(", ", data.machineid_organization_roles.all.roles[*].slug)}."
    }
  }
}
