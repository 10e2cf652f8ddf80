import {
  to = machineid_organization_role.creator
  identity = {
    id = "2d6f2f11-8f0e-4a42-93f5-5a9d6a1c0f8f"
  }
}
