data "machineid_organization" "ours" {}

output "organization" {
  value = data.machineid_organization.ours.id
}
