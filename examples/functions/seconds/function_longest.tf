variable "ttl" {
  description = "How long a client secret lives, such as \"30d\"."
  type        = string
  default     = "30d"
}

resource "machineid_identity" "ci" {
  name = "ci"
}

resource "machineid_universal_auth" "ci" {
  identity_id = machineid_identity.ci.id
}

# What a module allows its users: 90 days at most, and an end.
resource "machineid_universal_auth_client_secret" "ci" {
  identity_id = machineid_universal_auth.ci.identity_id
  ttl         = var.ttl

  lifecycle {
    precondition {
      condition     = provider::machineid::seconds(var.ttl) > 0 && provider::machineid::seconds(var.ttl) <= provider::machineid::seconds("90d")
      error_message = "A client secret lives for 90 days at most."
    }
  }
}
