terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

locals {
  memberships = merge([for name, team in var.teams : {
    for project, roles in team.roles : "${name}/${project}" => {
      project     = project
      identity_id = team.identity_id
      roles       = provider::machineid::roles(roles)
    }
  }]...)
}

# One role for all teams. The server resolves the template with the metadata of the identity that sends the request.
resource "machineid_project_role" "own_folder" {
  for_each = var.projects

  project_id  = each.value
  slug        = "own-folder"
  name        = "Own folder"
  description = "Secrets below the folder of the identity's team."

  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue", "create", "edit", "delete"]

    condition {
      key  = "secretPath"
      glob = "/{{identity.metadata.team}}/**"
    }
  }
}

resource "machineid_project_membership" "this" {
  for_each = local.memberships

  project_id  = var.projects[each.value.project]
  identity_id = each.value.identity_id

  dynamic "role" {
    for_each = each.value.roles
    content {
      slug = role.value.slug

      dynamic "temporary" {
        for_each = role.value.temporary[*]
        content {
          start    = temporary.value.start
          duration = temporary.value.duration
        }
      }
    }
  }

  depends_on = [machineid_project_role.own_folder]
}

# The resulting permissions, with resolved templates.
data "machineid_effective_permissions" "this" {
  for_each = machineid_project_membership.this

  identity_id = each.value.identity_id
  project_id  = each.value.project_id
}
