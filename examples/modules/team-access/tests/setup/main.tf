# Two projects, and two teams whose identities can log in.
terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

resource "machineid_project" "this" {
  for_each = { shop = "Web shop", billing = "Billing" }
  name     = each.value
}

resource "machineid_identity" "this" {
  for_each = toset(["payments", "design"])
  name     = each.value
  metadata = { team = each.value }
}

resource "machineid_universal_auth" "this" {
  for_each             = machineid_identity.this
  identity_id          = each.value.id
  access_token_ttl     = "5m"
  access_token_max_ttl = "5m"
}

resource "machineid_universal_auth_client_secret" "this" {
  for_each    = machineid_universal_auth.this
  identity_id = each.value.identity_id
}

output "projects" {
  value = { for name, project in machineid_project.this : name => project.id }
}

output "identities" {
  value = { for name, identity in machineid_identity.this : name => identity.id }
}

output "credentials" {
  sensitive = true
  value = { for name, auth in machineid_universal_auth.this : name => {
    client_id     = auth.client_id
    client_secret = machineid_universal_auth_client_secret.this[name].client_secret
  } }
}
