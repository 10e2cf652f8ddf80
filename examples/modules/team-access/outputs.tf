output "permissions" {
  description = "Rules of each team in each of its projects, by <team>/<project>, for the function allows."
  value       = { for name, effective in data.machineid_effective_permissions.this : name => effective.project_permission }
}
