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

  jobs = {
    # Pull requests run what nobody has reviewed yet: they may read, and nothing else.
    plan = {
      actions = ["read"]
      claims  = {}
    }
    # GitHub decides who may deploy to the environment, and asks for reviews if it is told to.
    apply = {
      actions = ["create", "read", "edit", "delete"]
      claims  = { environment = ["production"], ref = ["refs/heads/main"] }
    }
  }
}

resource "machineid_org_role" "job" {
  for_each    = local.jobs
  slug        = "github-${each.key}"
  name        = "GitHub ${each.key}"
  permissions = [{ subject = "identity", actions = each.value.actions }]
}

resource "machineid_identity" "job" {
  for_each = local.jobs
  name     = "github-${each.key}"
  role     = machineid_org_role.job[each.key].slug
}

resource "machineid_oidc_auth" "job" {
  for_each             = local.jobs
  identity_id          = machineid_identity.job[each.key].id
  discovery_url        = var.issuer
  bound_issuer         = var.issuer
  ca_certificate       = var.issuer_ca
  bound_audiences      = [local.audience]
  bound_claims         = merge({ repository_id = [var.repository_id] }, each.value.claims)
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# For the variables MACHINE_IDENTITY_PLAN and MACHINE_IDENTITY_APPLY of the repository. They are no secrets.
output "identity_ids" {
  value = { for job, identity in machineid_identity.job : job => identity.id }
}
