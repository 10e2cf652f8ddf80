# Sets up what workflow.yml logs in as. An administrator applies this once, from elsewhere; where
# and who stands in the environment, as INFISICAL_HOST and so on.

terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "repository_id" {
  description = "ID of the repository, as text: gh api repos/acme/infrastructure --jq .id. Names can be taken over by others, IDs cannot."
  type        = string
  default     = "123456789"
}

variable "issuer" {
  description = "Issuer of the JWTs; of a GitHub Enterprise Server https://HOST/_services/token."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}

variable "issuer_ca" {
  description = "Certificates of the issuer's authority, in PEM, where it is one of your own."
  type        = string
  default     = ""
}

locals {
  # What the workflow asks for in the provider's configuration. It is for this server alone.
  audience = "https://infisical.example.com"
}

# Pull requests run what nobody has reviewed yet: they may read, and nothing else.
resource "machineid_organization_role" "plan" {
  slug = "github-plan"
  name = "GitHub plan"

  permission {
    subject = "identity"
    actions = ["read"]
  }
}

resource "machineid_identity" "plan" {
  name = "github-plan"
  role = machineid_organization_role.plan.slug
}

resource "machineid_oidc_auth" "plan" {
  identity_id          = machineid_identity.plan.id
  discovery_url        = var.issuer
  ca_certificate       = var.issuer_ca
  bound_issuer         = var.issuer
  bound_audiences      = [local.audience]
  bound_claims         = { repository_id = [var.repository_id] }
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# GitHub decides who may deploy to the environment, and requires reviews if configured to.
resource "machineid_organization_role" "apply" {
  slug = "github-apply"
  name = "GitHub apply"

  permission {
    subject = "identity"
    actions = ["create", "read", "edit", "delete"]
  }
}

resource "machineid_identity" "apply" {
  name = "github-apply"
  role = machineid_organization_role.apply.slug
}

resource "machineid_oidc_auth" "apply" {
  identity_id     = machineid_identity.apply.id
  discovery_url   = var.issuer
  ca_certificate  = var.issuer_ca
  bound_issuer    = var.issuer
  bound_audiences = [local.audience]
  bound_claims = {
    repository_id = [var.repository_id]
    environment   = ["production"]
    ref           = ["refs/heads/main"]
  }
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# For the variables MACHINE_IDENTITY_PLAN and MACHINE_IDENTITY_APPLY of the repository. They are no secrets.
output "identity_ids" {
  value = {
    plan  = machineid_identity.plan.id
    apply = machineid_identity.apply.id
  }
}
