# Sets up what gitlab-ci.yml logs in as. An administrator applies this once, from elsewhere; where
# and who stands in the environment, as INFISICAL_HOST and so on.

terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "project_id" {
  description = "ID of the project in GitLab, as text. Paths can be taken over by others, IDs cannot."
  type        = string
  default     = "123456789"
}

variable "issuer" {
  description = "Issuer of the JWTs: the address of the GitLab instance."
  type        = string
  default     = "https://gitlab.com"
}

variable "issuer_ca" {
  description = "Certificates of the issuer's authority, in PEM, where it is one of your own."
  type        = string
  default     = ""
}

locals {
  # As gitlab-ci.yml has it in id_tokens. It is for this server alone.
  audience = "https://infisical.example.com"
}

# Merge requests run what nobody has reviewed yet: they may read, and nothing else.
resource "machineid_organization_role" "plan" {
  slug = "gitlab-plan"
  name = "GitLab plan"

  permission {
    subject = "identity"
    actions = ["read"]
  }
}

resource "machineid_identity" "plan" {
  name = "gitlab-plan"
  role = machineid_organization_role.plan.slug
}

resource "machineid_oidc_auth" "plan" {
  identity_id          = machineid_identity.plan.id
  discovery_url        = var.issuer
  ca_certificate       = var.issuer_ca
  bound_issuer         = var.issuer
  bound_audiences      = [local.audience]
  bound_claims         = { project_id = [var.project_id] }
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# GitLab decides who may push to a protected branch, and deploy to a protected environment.
resource "machineid_organization_role" "apply" {
  slug = "gitlab-apply"
  name = "GitLab apply"

  permission {
    subject = "identity"
    actions = ["create", "read", "edit", "delete"]
  }
}

resource "machineid_identity" "apply" {
  name = "gitlab-apply"
  role = machineid_organization_role.apply.slug
}

resource "machineid_oidc_auth" "apply" {
  identity_id     = machineid_identity.apply.id
  discovery_url   = var.issuer
  ca_certificate  = var.issuer_ca
  bound_issuer    = var.issuer
  bound_audiences = [local.audience]
  bound_claims = {
    project_id    = [var.project_id]
    environment   = ["production"]
    ref           = ["main"]
    ref_type      = ["branch"]
    ref_protected = ["true"]
  }
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# For the variables MACHINE_IDENTITY_PLAN and MACHINE_IDENTITY_APPLY of the CI settings. They are no secrets.
output "identity_ids" {
  value = {
    plan  = machineid_identity.plan.id
    apply = machineid_identity.apply.id
  }
}
