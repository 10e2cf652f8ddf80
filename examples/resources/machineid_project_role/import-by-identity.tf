import {
  to = machineid_project_role.app
  identity = {
    project_id = "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"
    id         = "2d6f2f11-8f0e-4a42-93f5-5a9d6a1c0f8f"
  }
}
