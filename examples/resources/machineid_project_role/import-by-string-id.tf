import {
  to = machineid_project_role.app
  id = "webshop/app"
}
