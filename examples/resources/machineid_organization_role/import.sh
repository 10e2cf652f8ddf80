# The slug of the role, or its ID.
terraform import machineid_organization_role.hiring hiring
