resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_project_membership" "ci" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_identity.ci.id

  role {
    slug = "member"
  }
}

# In this folder the identity can only list, regardless of its role.
resource "machineid_project_folder_access" "payments" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_project_membership.ci.identity_id
  environment = "prod"
  secret_path = "/payments"
  permission  = "list"
}

# For one night it can change the secrets of the migration.
resource "machineid_project_folder_access" "migration" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_project_membership.ci.identity_id
  environment = "prod"
  secret_path = "/payments/migration"
  permission  = "edit"

  temporary {
    start    = "2026-12-01T20:00:00Z"
    duration = "8h"
  }
}
