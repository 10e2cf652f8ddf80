# An identity for each service of a team.
locals {
  services = {
    api    = "payments"
    worker = "payments"
    search = "catalogue"
  }
}

resource "machineid_identity" "service" {
  for_each = local.services

  name = "${each.value}/${each.key}"
  role = "no-access" # its permissions are granted in projects
  metadata = {
    team       = each.value
    managed_by = "terraform"
  }
}

output "identity_ids" {
  value = { for name, identity in machineid_identity.service : name => identity.id }
}
