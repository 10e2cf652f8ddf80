data "machineid_organization_roles" "all" {}

output "custom_roles" {
  value = [for role in data.machineid_organization_roles.all.roles : role.slug if !role.built_in]
}
