import {
  to = machineid_project_identity.deployer
  id = "webshop/deployer"
}
