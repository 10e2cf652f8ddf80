resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# To be run by hand: terraform apply -invoke=action.machineid_revoke_client_secrets.ci
action "machineid_revoke_client_secrets" "ci" {
  config {
    identity_id = machineid_universal_auth.ci.identity_id
  }
}
