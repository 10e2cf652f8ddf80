output "permissions" {
  description = "What each team may do in each of its projects, by <team>/<project>, for the function can."
  value       = { for name, effective in data.machineid_effective_permissions.this : name => effective.project_permissions }
}
