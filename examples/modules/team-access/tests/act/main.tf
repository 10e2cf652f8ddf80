# Logs in as a team, and tries what it may do and what it may not. Without credentials, whoever runs
# the tests tries the same, and must succeed in everything: else a refusal would prove nothing.
terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "credentials" {
  type      = object({ client_id = string, client_secret = string })
  sensitive = true
  default   = null
}

variable "projects" {
  type = map(string)
}

ephemeral "machineid_access_token" "team" {
  count         = nonsensitive(var.credentials == null) ? 0 : 1
  client_id     = var.credentials.client_id
  client_secret = var.credentials.client_secret
}

provider "machineid" {
  alias = "team"
  sandbox {
    path         = "./sandbox.db"
    access_token = one(ephemeral.machineid_access_token.team[*].access_token)
  }
}

check "shop" {
  data "machineid_project" "shop" {
    provider = machineid.team
    id       = var.projects["shop"]
  }
  assert {
    condition     = data.machineid_project.shop.name == "Web shop"
    error_message = "The team cannot see the shop."
  }
}

check "members_of_the_shop" {
  data "machineid_project_memberships" "shop" {
    provider   = machineid.team
    project_id = var.projects["shop"]
  }
  assert {
    condition     = length(data.machineid_project_memberships.shop.memberships) > 0
    error_message = "The team cannot see who else works on the shop."
  }
}

check "billing" {
  data "machineid_project" "billing" {
    provider = machineid.team
    id       = var.projects["billing"]
  }
  assert {
    condition     = data.machineid_project.billing.name == "Billing"
    error_message = "The team cannot see the billing."
  }
}

check "members_of_the_billing" {
  data "machineid_project_memberships" "billing" {
    provider   = machineid.team
    project_id = var.projects["billing"]
  }
  assert {
    condition     = length(data.machineid_project_memberships.billing.memberships) > 0
    error_message = "The team cannot see who else works on the billing."
  }
}
