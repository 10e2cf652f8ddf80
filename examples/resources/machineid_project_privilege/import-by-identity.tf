import {
  to = machineid_project_privilege.migration
  identity = {
    id = "6a1c5a9d-8f0e-4a42-93f5-2f118f2d6f2f"
  }
}
