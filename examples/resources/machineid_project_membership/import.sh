# The ID or the slug of the project, and the ID or the name of the identity.
terraform import machineid_project_membership.ci webshop/ci
