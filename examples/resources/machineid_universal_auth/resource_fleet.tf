# The same settings for several services, whose tokens last for one job.
locals {
  services = ["billing", "mail", "search"]
}

resource "machineid_identity" "service" {
  for_each = toset(local.services)
  name     = each.key
}

resource "machineid_universal_auth" "service" {
  for_each = machineid_identity.service

  identity_id          = each.value.id
  access_token_ttl     = "10m"
  access_token_max_ttl = "10m"
}

output "client_ids" {
  value = { for name, method in machineid_universal_auth.service : name => method.client_id }
}
