import {
  to = machineid_token_auth.reporter
  id = "reporter"
}
