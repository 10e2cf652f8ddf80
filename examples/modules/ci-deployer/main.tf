terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

locals {
  within = [
    { key = "environment", in = var.environments },
    { key = "secretPath", glob = var.secret_path },
  ]
  permissions = concat([
    { subject = "secrets", actions = ["describeSecret", "readValue"], condition = local.within },
    { subject = "secret-imports", actions = ["read"], condition = local.within },
    { subject = "secret-folders", actions = ["read"], condition = local.within },
  ], var.permissions)
}

# Read access to the secrets of these environments, and the rules of var.permissions.
resource "machineid_project_role" "this" {
  project_id  = var.project_id
  slug        = "deploy-${var.name}"
  name        = "Deploy ${var.name}"
  description = "Reads the secrets of ${join(", ", sort(var.environments))}."

  dynamic "permission" {
    for_each = provider::machineid::permissions(local.permissions)
    content {
      subject       = permission.value.subject
      actions       = permission.value.actions
      effect        = permission.value.effect
      allow_unknown = permission.value.allow_unknown

      dynamic "condition" {
        for_each = permission.value.condition
        content {
          key  = condition.value.key
          eq   = condition.value.eq
          ne   = condition.value.ne
          in   = condition.value.in
          all  = condition.value.all
          glob = condition.value.glob

          dynamic "elem_match" {
            for_each = condition.value.elem_match
            content {
              field = elem_match.value.field
              eq    = elem_match.value.eq
              ne    = elem_match.value.ne
              in    = elem_match.value.in
            }
          }
        }
      }
    }
  }
}

resource "machineid_identity" "this" {
  name     = var.name
  metadata = var.metadata
}

resource "machineid_project_membership" "this" {
  project_id  = var.project_id
  identity_id = machineid_identity.this.id

  role {
    slug = machineid_project_role.this.slug
  }
}

resource "machineid_universal_auth" "this" {
  identity_id               = machineid_identity.this.id
  access_token_ttl          = var.access_token_ttl
  access_token_max_ttl      = var.access_token_ttl # no renewal: a deployment that takes longer logs in again
  access_token_trusted_ips  = var.trusted_ips
  client_secret_trusted_ips = var.trusted_ips
}

resource "machineid_universal_auth_client_secret" "this" {
  identity_id = machineid_universal_auth.this.identity_id
  description = var.name
  ttl         = var.client_secret_ttl
}
