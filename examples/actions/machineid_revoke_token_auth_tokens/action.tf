resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_token_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# To be run by hand: terraform apply -invoke=action.machineid_revoke_token_auth_tokens.ci
action "machineid_revoke_token_auth_tokens" "ci" {
  config {
    identity_id = machineid_token_auth.ci.identity_id
  }
}
