# The slug or the ID of the role.
terraform import machineid_organization_role.creator creator
