# The ID of the identity.
terraform import machineid_identity.ci 0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52
