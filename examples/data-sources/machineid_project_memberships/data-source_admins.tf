resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_memberships" "shop" {
  project_id = machineid_project.shop.id
}

# Permanent admins of the project.
output "admins" {
  value = [
    for member in data.machineid_project_memberships.shop.memberships : member.identity_name
    if contains([for role in member.role : role.slug if role.temporary == null], "admin")
  ]
}
