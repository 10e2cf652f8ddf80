# All custom roles, not only the first 100, each with its permissions.
list "machineid_organization_role" "all" {
  provider         = machineid
  limit            = 10000
  include_resource = true
}
