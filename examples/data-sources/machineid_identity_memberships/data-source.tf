data "machineid_identity_memberships" "all" {}

output "roles" {
  value = { for membership in data.machineid_identity_memberships.all.memberships : membership.identity_id => membership.role }
}
