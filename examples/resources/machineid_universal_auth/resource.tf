resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id

  # Tokens for minutes, from the runners' network only.
  access_token_ttl          = "15m"
  access_token_max_ttl      = "1h"
  access_token_trusted_ips  = ["10.0.0.0/8", "2001:db8:10::/48"]
  client_secret_trusted_ips = ["10.0.0.0/8", "2001:db8:10::/48"]

  # Five wrong secrets close the door for ten minutes.
  lockout = {
    enabled       = true
    threshold     = 5
    duration      = "10m"
    counter_reset = "30s"
  }
}
