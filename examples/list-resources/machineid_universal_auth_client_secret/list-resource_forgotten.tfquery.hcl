# Client secrets that nobody has logged in with, and that end before the year does.
list "machineid_universal_auth_client_secret" "forgotten" {
  provider = machineid

  config {
    identity_id    = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
    unused         = true
    expires_before = "2027-01-01T00:00:00Z"
  }
}
