import {
  to = machineid_project_membership.ci
  id = "webshop/ci"
}
