# Logs in as the deployer, and tries what it may do and what it may not. Without credentials, whoever
# runs the tests tries the same, and must succeed in everything: else a refusal would prove nothing.
terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "client_id" {
  type    = string
  default = null
}

variable "client_secret" {
  type      = string
  sensitive = true
  default   = null
}

variable "identity_id" {
  type = string
}

variable "project_id" {
  type = string
}

variable "other_project_id" {
  type = string
}

ephemeral "machineid_access_token" "deployer" {
  count         = var.client_id == null ? 0 : 1
  client_id     = var.client_id
  client_secret = var.client_secret
}

provider "machineid" {
  alias = "deployer"
  sandbox {
    path         = "./sandbox.db"
    access_token = one(ephemeral.machineid_access_token.deployer[*].access_token)
  }
}

data "machineid_project" "own" {
  provider = machineid.deployer
  id       = var.project_id
}

check "other_project" {
  data "machineid_project" "other" {
    provider = machineid.deployer
    id       = var.other_project_id
  }
  assert {
    condition     = data.machineid_project.other.id == var.other_project_id
    error_message = "The deployer cannot see the other project."
  }
}

check "who_else_is_there" {
  data "machineid_project_memberships" "own" {
    provider   = machineid.deployer
    project_id = var.project_id
  }
  assert {
    condition     = length(data.machineid_project_memberships.own.memberships) > 0
    error_message = "The deployer cannot see the members of its project."
  }
}

check "itself" {
  data "machineid_identity" "itself" {
    provider = machineid.deployer
    id       = var.identity_id
  }
  assert {
    condition     = data.machineid_identity.itself.id == var.identity_id
    error_message = "The deployer cannot look identities up, not even itself."
  }
}

output "project_name" {
  value = data.machineid_project.own.name
}

output "environments" {
  value = data.machineid_project.own.environments
}
