variable "role" {
  description = "Slug of the role of the identity."
  type        = string
  default     = "no-access"
}

data "machineid_organization_roles" "all" {}

# The plan reports a role that does not exist, and lists the roles.
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
