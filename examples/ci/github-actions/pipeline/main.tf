# What workflow.yml plans and applies. It logs in as the identity of INFISICAL_MACHINE_IDENTITY_ID
# with a JWT that GitHub Actions signs for the job.

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
  oidc {
    audience = "https://infisical.example.com"
  }
}

resource "machineid_identity" "shop" {
  name     = "shop"
  metadata = { team = "payments" }
}
