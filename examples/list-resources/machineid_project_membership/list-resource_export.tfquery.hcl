# All memberships, not only the first 100, each with its roles.
list "machineid_project_membership" "shop" {
  provider         = machineid
  limit            = 10000
  include_resource = true

  config {
    project_id = "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"
  }
}
