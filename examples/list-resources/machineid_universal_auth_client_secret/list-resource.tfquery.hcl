list "machineid_universal_auth_client_secret" "ci" {
  provider = machineid

  config {
    identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  }
}
