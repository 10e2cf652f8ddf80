# A project for each team. A slug that others know stays as it is, and none is deleted by accident: to
# delete one, set delete_protection to false and apply first.
resource "machineid_project" "team" {
  for_each = { payments = "Payments", catalogue = "Catalogue" }

  name              = each.value
  slug              = "${each.key}-services"
  description       = "Secrets of the team ${each.value}"
  delete_protection = false # set to true when it holds secrets
}
