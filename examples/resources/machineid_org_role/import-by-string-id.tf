import {
  to = machineid_org_role.hiring
  id = "hiring"
}
