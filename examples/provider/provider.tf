terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

variable "host" {
  description = "Address of the API, such as https://infisical.example.com."
  type        = string
}

variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
  ephemeral = true # in no state and no plan
}

provider "machineid" {
  host = var.host
  universal_auth {
    client_id     = var.client_id
    client_secret = var.client_secret
  }
}

resource "machineid_identity" "ci" {
  name = "ci"
}
