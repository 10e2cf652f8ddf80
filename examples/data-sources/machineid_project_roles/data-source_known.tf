variable "role" {
  description = "Slug of the role of the identity in the project."
  type        = string
  default     = "viewer"
}

resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_roles" "shop" {
  project_id = machineid_project.shop.id
}

resource "machineid_identity" "ci" {
  name = "ci"
}

# The plan reports a role that the project does not have, and lists its roles.
resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id

  role {
    slug = var.role
  }

  lifecycle {
    precondition {
      condition     = contains(data.machineid_project_roles.shop.roles[*].slug, var.role)
      error_message = "The project has only ${join(", ", data.machineid_project_roles.shop.roles[*].slug)}."
    }
  }
}
