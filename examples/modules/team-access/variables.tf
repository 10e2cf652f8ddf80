variable "projects" {
  description = "IDs of the projects, by the names that teams refer to them by."
  type        = map(string)
}

variable "teams" {
  description = "The teams by name: the identity that works for the team, whose metadata has team = <name>, and by the name of a project its roles there. The role own-folder is made by this module; it opens the team's own folder, /<name>, in every environment."
  type = map(object({
    identity_id = string
    roles       = map(set(string))
  }))
  validation {
    condition     = alltrue(flatten([for team in var.teams : [for project, roles in team.roles : contains(keys(var.projects), project)]]))
    error_message = "A team has roles in a project that is not among the projects."
  }
  validation {
    condition     = alltrue(flatten([for team in var.teams : [for roles in team.roles : length(roles) > 0 && !contains(roles, "admin")]]))
    error_message = "A team has at least one role in each of its projects, and in none of them admin: who administers a project is not decided here."
  }
}
