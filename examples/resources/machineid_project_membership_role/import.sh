# The ID or the slug of the project, the ID of the identity and the slug of the role.
terraform import machineid_project_membership_role.reads webshop/0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52/viewer
