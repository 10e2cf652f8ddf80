# All projects, not only the first 100, each with its environments.
list "machineid_project" "all" {
  provider         = machineid
  limit            = 10000
  include_resource = true
}
