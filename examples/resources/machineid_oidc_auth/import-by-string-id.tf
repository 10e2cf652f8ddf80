import {
  to = machineid_oidc_auth.deploy
  id = "deploy"
}
