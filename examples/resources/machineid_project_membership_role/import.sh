# The ID or the slug of the project, the ID or the name of the identity, and the slug of the role.
terraform import machineid_project_membership_role.reads webshop/ci/viewer
