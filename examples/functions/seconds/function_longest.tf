variable "ttl" {
  description = "Lifetime of the client secret, such as \"30d\"."
  type        = string
  default     = "30d"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# A module that allows 90 days at most.
resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
  ttl         = var.ttl

  lifecycle {
    precondition {
      condition     = provider::machineid::seconds(var.ttl) <= provider::machineid::seconds("90d")
      error_message = "The TTL of a client secret must be at most 90 days."
    }
  }
}
