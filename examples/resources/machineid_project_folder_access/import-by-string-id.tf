import {
  to = machineid_project_folder_access.deploy
  id = "webshop/ci/prod//deploy"
}
