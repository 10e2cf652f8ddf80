# An identity that the admins of a project manage, without permissions in the organization.
resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_identity" "deployer" {
  project_id = machineid_project.shop.id
  name       = "deployer"
  metadata   = { team = "payments" }
}

# Its membership exists from its creation and is adopted.
resource "machineid_project_membership" "deployer" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_project_identity.deployer.id

  role {
    slug = "viewer"
  }
}

# It logs in as any identity does.
resource "machineid_universal_auth" "deployer" {
  identity_id          = machineid_project_identity.deployer.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}
