# The ID of the identity and the ID of the client secret. The secret itself is shown only once, when it
# is made, so an imported one has neither client_secret nor encrypted_client_secret; and where the
# configuration has recipients or rotation_triggers, the next apply makes a new secret.
terraform import machineid_universal_auth_client_secret.ci 0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52/5a9d6a1c-8f0e-4a42-93f5-0f8f2d6f2f11
