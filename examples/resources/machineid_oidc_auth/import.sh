# The ID of the identity that the method is attached to, or its name where no other has it.
terraform import machineid_oidc_auth.deploy deploy
