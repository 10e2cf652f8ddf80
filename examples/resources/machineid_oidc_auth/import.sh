# The ID of the identity that the method is attached to.
terraform import machineid_oidc_auth.deploy 0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52
