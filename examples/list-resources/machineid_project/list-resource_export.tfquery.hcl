# All of them, not the first 100 alone, each with its environments.
list "machineid_project" "all" {
  provider         = machineid
  limit            = 10000
  include_resource = true
}
