import {
  to = machineid_project_identity.deployer
  identity = {
    project_id = "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"
    id         = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  }
}
