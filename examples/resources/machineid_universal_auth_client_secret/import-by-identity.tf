import {
  to = machineid_universal_auth_client_secret.ci
  identity = {
    identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
    id          = "5a9d6a1c-8f0e-4a42-93f5-0f8f2d6f2f11"
  }
}
