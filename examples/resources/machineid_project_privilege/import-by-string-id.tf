import {
  to = machineid_project_privilege.migration
  id = "webshop/ci/migration"
}
