# The ID of the project, or its slug.
terraform import machineid_project.shop webshop
