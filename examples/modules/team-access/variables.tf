variable "projects" {
  description = "IDs of the projects, by the names that teams refer to them by."
  type        = map(string)
}

variable "teams" {
  description = "Teams by name, each an object with identity_id, the identity of the team, whose metadata has team = <name>, and roles: by the name of a project a list of objects with the names of the block role. The type is any, so that unknown names reach the function roles, which rejects them. The role own-folder of this module allows to manage the folder /<name> in every environment."
  type        = any
  validation {
    condition     = alltrue([for team in var.teams : length(setsubtract(keys(team), ["identity_id", "roles"])) == 0])
    error_message = "A team has only identity_id and roles."
  }
  validation {
    condition     = alltrue(flatten([for team in var.teams : [for project, roles in team.roles : contains(keys(var.projects), project)]]))
    error_message = "A team has roles in a project that is not among the projects."
  }
  validation {
    condition     = alltrue(flatten([for team in var.teams : [for roles in team.roles : length(roles) > 0 && !contains(provider::machineid::roles(roles)[*].slug, "admin")]]))
    error_message = "A team must have at least one role in each of its projects, and must not be admin in any."
  }
}
