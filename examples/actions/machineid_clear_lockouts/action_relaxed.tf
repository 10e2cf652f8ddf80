resource "machineid_identity" "ci" {
  name = "ci"
}

# Whoever relaxes the lockout wants those who are locked out to log in again at once.
resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
  lockout     = { threshold = 10 }

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.machineid_clear_lockouts.ci]
    }
  }
}

action "machineid_clear_lockouts" "ci" {
  config {
    identity_id = machineid_identity.ci.id
  }
}
