# Applied once, by an administrator: the identity that the provider logs in as from then on.

terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

# Where and who stands in the environment: INFISICAL_HOST, and INFISICAL_TOKEN or
# INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET of an administrator.
provider "machineid" {}

# Enough for identities, Universal Auth, client secrets and projects. Who makes a project is an admin
# of it, and of no other.
resource "machineid_organization_role" "terraform" {
  slug = "terraform"
  name = "Terraform"

  permission {
    subject = "identity"
    actions = ["read", "create", "edit", "delete", "edit-auth", "revoke-auth", "get-token", "create-token", "delete-token"]
  }

  permission {
    subject = "workspace"
    actions = ["create"]
  }
}

resource "machineid_identity" "terraform" {
  name = "terraform"
  role = machineid_organization_role.terraform.slug
}

resource "machineid_universal_auth" "terraform" {
  identity_id          = machineid_identity.terraform.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}

resource "machineid_universal_auth_client_secret" "terraform" {
  identity_id = machineid_universal_auth.terraform.identity_id
  description = "Terraform"
  ttl         = "90d"
}

output "client_id" {
  value = machineid_universal_auth.terraform.client_id
}

output "client_secret" {
  value     = machineid_universal_auth_client_secret.terraform.client_secret
  sensitive = true
}
