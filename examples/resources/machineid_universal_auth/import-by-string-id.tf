import {
  to = machineid_universal_auth.ci
  id = "ci"
}
