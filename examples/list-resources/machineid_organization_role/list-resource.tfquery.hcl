list "machineid_organization_role" "all" {
  provider = machineid
}
