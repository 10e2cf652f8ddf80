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

  jobs = {
    # Merge requests run what nobody has reviewed yet: they may read, and nothing else.
    plan = {
      actions = ["read"]
      claims  = {}
    }
    # GitLab decides who may push to a protected branch, and deploy to a protected environment.
    apply = {
      actions = ["create", "read", "edit", "delete"]
      claims  = { ref = ["main"], ref_type = ["branch"], ref_protected = ["true"], environment = ["production"] }
    }
  }
}

resource "machineid_org_role" "job" {
  for_each    = local.jobs
  slug        = "gitlab-${each.key}"
  name        = "GitLab ${each.key}"
  permissions = [{ subject = "identity", actions = each.value.actions }]
}

resource "machineid_identity" "job" {
  for_each = local.jobs
  name     = "gitlab-${each.key}"
  role     = machineid_org_role.job[each.key].slug
}

resource "machineid_oidc_auth" "job" {
  for_each             = local.jobs
  identity_id          = machineid_identity.job[each.key].id
  discovery_url        = var.issuer
  bound_issuer         = var.issuer
  ca_certificate       = var.issuer_ca
  bound_audiences      = [local.audience]
  bound_claims         = merge({ project_id = [var.project_id] }, each.value.claims)
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# For the variables MACHINE_IDENTITY_PLAN and MACHINE_IDENTITY_APPLY of the CI settings. They are no secrets.
output "identity_ids" {
  value = { for job, identity in machineid_identity.job : job => identity.id }
}
