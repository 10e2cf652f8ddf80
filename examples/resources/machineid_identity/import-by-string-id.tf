import {
  to = machineid_identity.ci
  id = "ci"
}
