import {
  to = machineid_universal_auth_client_secret.ci
  id = "ci/GitHub"
}
