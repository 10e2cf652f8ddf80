resource "machineid_identity" "ci" {
  name = "ci"
}

# When the lockout is relaxed, identities that are locked out can log in again at once.
resource "machineid_universal_auth" "ci" {
  identity_id       = machineid_identity.ci.id
  lockout_threshold = 10

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
