variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
  ephemeral = true # in no state and no plan
}

ephemeral "machineid_access_token" "ci" {
  client_id     = var.client_id
  client_secret = var.client_secret
}
