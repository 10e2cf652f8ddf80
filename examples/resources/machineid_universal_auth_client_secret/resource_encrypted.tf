resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}

# Encrypted in the state: only who has a private key of the recipients can read it.
#   terraform output -raw encrypted_client_secret | age --decrypt --identity key.txt
resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id # not the identity's id: the method comes first
  description = "GitHub"
  ttl         = "90d"
  recipients = [
    "age15dx3xskctc84v80xh54je46awnfwsw95t0avx9w9h8ju2g5amaks2zqaxk",                         # age-keygen -y key.txt
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBsu8hLBKEj56gJweIgzzOPLJnGSfEYrHScVO4AsxfI7 alice", # ~/.ssh/id_ed25519.pub
  ]

  # A plan on a timer makes a new one in the last week, and the old one is good until then.
  rotate_before_expiry = "7d"
  lifecycle {
    create_before_destroy = true
  }
}

output "encrypted_client_secret" {
  value = machineid_universal_auth_client_secret.ci.encrypted_client_secret
}

# In plain text in the state, for five logins, and replaced when the trigger changes.
resource "machineid_universal_auth_client_secret" "batch" {
  identity_id       = machineid_universal_auth.ci.identity_id
  description       = "nightly batch"
  ttl               = "30d"
  num_uses_limit    = 5 # logins
  rotation_triggers = { owner = "payments" }
}
