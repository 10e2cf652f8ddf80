terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

# Read access to the secrets of these environments, and nothing else.
resource "machineid_project_role" "this" {
  project_id  = var.project_id
  slug        = "deploy-${var.name}"
  name        = "Deploy ${var.name}"
  description = "Reads the secrets of ${join(", ", sort(var.environments))}."

  dynamic "permission" {
    for_each = {
      secrets        = ["describeSecret", "readValue"]
      secret-imports = ["read"]
      secret-folders = ["read"]
    }
    content {
      subject = permission.key
      actions = permission.value

      condition {
        key = "environment"
        in  = var.environments
      }

      condition {
        key  = "secretPath"
        glob = var.secret_path
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
