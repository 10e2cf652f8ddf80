resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

data "machineid_project_memberships" "shop" {
  project_id = machineid_project.shop.id
}

# Who may do everything in the project, for ever?
output "admins" {
  value = [
    for member in data.machineid_project_memberships.shop.memberships : member.identity_name
    if contains([for role in member.roles : role.role if role.temporary == null], "admin")
  ]
}
