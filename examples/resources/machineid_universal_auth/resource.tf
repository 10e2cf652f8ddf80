resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id

  # Tokens that expire after minutes, from the network of the runners only.
  access_token_ttl          = "15m"
  access_token_max_ttl      = "1h"
  access_token_trusted_ips  = ["10.0.0.0/8", "2001:db8:10::/48"]
  client_secret_trusted_ips = ["10.0.0.0/8", "2001:db8:10::/48"]

  # Five wrong client secrets lock the logins for ten minutes.
  lockout_threshold = 5
  lockout_duration  = "10m"
}
