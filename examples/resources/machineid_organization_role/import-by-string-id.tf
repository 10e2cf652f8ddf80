import {
  to = machineid_organization_role.hiring
  id = "hiring"
}
