# The ID of the identity, or its name where no other has it.
terraform import machineid_identity.ci ci
