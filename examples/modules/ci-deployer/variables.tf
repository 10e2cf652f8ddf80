variable "name" {
  description = "Name of the deployer, such as webshop-ci: lower-case letters, digits and single hyphens."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 50
    error_message = "The name must be made of at most 50 lower-case letters, digits and single hyphens."
  }
}

variable "project_id" {
  description = "ID of the project that it deploys."
  type        = string
}

variable "environments" {
  description = "Slugs of the environments whose secrets it may read, such as dev and staging."
  type        = set(string)
  validation {
    condition     = length(var.environments) > 0
    error_message = "Name at least one environment: a rule without one would hold for all of them."
  }
}

variable "secret_path" {
  description = "Pattern of the folders whose secrets it may read. Default: all of them."
  type        = string
  default     = "/**"
}

variable "permissions" {
  description = "More rules of its role: a list of objects with the names of the block permission. The type is any, so that unknown names reach the function permissions, which rejects them."
  type        = any
  default     = []
}

variable "metadata" {
  description = "Key and value pairs of the identity, such as the team that owns it."
  type        = map(string)
  default     = null
}

variable "access_token_ttl" {
  description = "How long a token lives: what one deployment takes."
  type        = string
  default     = "15m"
  validation {
    condition     = try(provider::machineid::seconds(var.access_token_ttl) <= 3600, false)
    error_message = "A deployment's token lives for an hour at most. Write a duration such as 15m."
  }
}

variable "client_secret_ttl" {
  description = "How long the client secret can be logged in with. Replace it before it ends."
  type        = string
  default     = "90d"
}

variable "trusted_ips" {
  description = "Addresses and networks from which it may log in and use its tokens. Default: everywhere."
  type        = set(string)
  default     = null
}
