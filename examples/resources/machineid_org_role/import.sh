# The slug of the role.
terraform import machineid_org_role.hiring hiring
