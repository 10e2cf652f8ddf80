# What gitlab-ci.yml plans and applies. It logs in as the identity of INFISICAL_MACHINE_IDENTITY_ID
# with a JWT that GitLab gives the job in INFISICAL_AUTH_JWT.

terraform {
  required_version = ">= 1.10"
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }

  # Add a backend that the jobs can reach with OIDC as well.
}

provider "machineid" {
  oidc {} # the identity and the JWT are in the environment
}

resource "machineid_identity" "shop" {
  name     = "shop"
  metadata = { team = "payments" }
}
