resource "machineid_identity" "ci" {
  name = "ci"
}

# Tokens that were made before keep their life: whenever it is changed, they are revoked.
resource "machineid_token_auth" "ci" {
  identity_id          = machineid_identity.ci.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.machineid_revoke_token_auth_tokens.ci]
    }
  }
}

action "machineid_revoke_token_auth_tokens" "ci" {
  config {
    identity_id = machineid_identity.ci.id
  }
}
