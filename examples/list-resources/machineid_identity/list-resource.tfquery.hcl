list "machineid_identity" "all" {
  provider = machineid
}
