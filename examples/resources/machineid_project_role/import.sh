# The ID or the slug of the project, and the slug of the role.
terraform import machineid_project_role.app webshop/app
