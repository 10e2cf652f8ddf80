# The slug of the role, or its ID.
terraform import machineid_org_role.hiring hiring
