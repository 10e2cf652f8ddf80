# The ID of the privilege; or the project, the identity and the slug of the privilege.
terraform import machineid_project_privilege.migration webshop/ci/migration
