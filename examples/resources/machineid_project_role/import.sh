# The ID or the slug of the project, and the slug or the ID of the role.
terraform import machineid_project_role.app webshop/app
