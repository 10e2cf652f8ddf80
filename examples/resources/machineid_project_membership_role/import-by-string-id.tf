import {
  to = machineid_project_membership_role.reads
  id = "webshop/ci/viewer"
}
