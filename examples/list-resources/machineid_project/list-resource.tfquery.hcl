list "machineid_project" "all" {
  provider = machineid
}
