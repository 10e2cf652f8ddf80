list "machineid_org_role" "all" {
  provider = machineid
}
