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
    slug = "no-access"
  }
}

resource "machineid_project_folder_access" "deploy" {
  project_id  = machineid_project.shop.id
  identity_id = machineid_project_membership.ci.identity_id # so that the membership is created first
  environment = "prod"
  secret_path = "/deploy"
  permission  = "read"
}
