import {
  to = machineid_organization_role.creator
  id = "creator"
}
