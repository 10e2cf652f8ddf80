terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

locals {
  within = {
    environment = { in = var.environments }
    secret_path = { glob = var.secret_path }
  }
}

# What a deployment needs, and nothing else: no change of anything, no other environment.
resource "machineid_project_role" "this" {
  project_id  = var.project_id
  slug        = "deploy-${var.name}"
  name        = "Deploy ${var.name}"
  description = "Reads the secrets of ${join(", ", sort(var.environments))}."
  permissions = [
    { subject = "secrets", actions = ["describeSecret", "readValue"], conditions = local.within },
    { subject = "secret-imports", actions = ["read"], conditions = local.within },
    { subject = "secret-folders", actions = ["read"], conditions = local.within },
  ]
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
