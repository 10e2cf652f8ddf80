# Identities with Universal Auth whose name contains "ci".
list "machineid_identity" "ci" {
  provider = machineid
  limit    = 1000

  config {
    name_contains = "ci"
    auth_method   = "universal-auth"
  }
}
