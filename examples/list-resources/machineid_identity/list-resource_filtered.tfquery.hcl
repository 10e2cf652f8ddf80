# Everybody who can log in with Universal Auth and whose name has "ci" in it.
list "machineid_identity" "ci" {
  provider = machineid
  limit    = 1000

  config {
    name_contains = "ci"
    auth_method   = "universal-auth"
  }
}
