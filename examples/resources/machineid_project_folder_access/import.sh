# The project, the identity, the environment and the path of the folder; / is written as webshop/ci/prod//.
terraform import machineid_project_folder_access.deploy webshop/ci/prod//deploy
