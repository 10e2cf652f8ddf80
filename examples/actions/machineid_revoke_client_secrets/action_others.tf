resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# Whenever this client secret is made, all others of the identity are revoked.
resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
  description = "GitHub"

  lifecycle {
    create_before_destroy = true
    action_trigger {
      events  = [after_create]
      actions = [action.machineid_revoke_client_secrets.others]
    }
  }
}

action "machineid_revoke_client_secrets" "others" {
  config {
    identity_id = machineid_identity.ci.id
    except      = [machineid_universal_auth_client_secret.ci.id]
  }
}
