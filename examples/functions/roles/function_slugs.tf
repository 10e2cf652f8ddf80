# The slugs of a list of roles, such as for a check of what a team may ask for.
variable "roles" {
  type    = any
  default = [{ slug = "viewer" }]

  validation {
    condition     = !contains(provider::machineid::roles(var.roles)[*].slug, "admin")
    error_message = "The role admin is not given to teams."
  }
}

output "slugs" {
  value = provider::machineid::roles(var.roles)[*].slug
}
