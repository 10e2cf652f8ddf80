resource "machineid_identity" "deploy" {
  name = "deploy"
}

# Jobs of one project of GitLab.
resource "machineid_oidc_auth" "deploy" {
  identity_id          = machineid_identity.deploy.id
  discovery_url        = "https://gitlab.com"
  bound_issuer         = "https://gitlab.com"
  bound_audiences      = ["https://infisical.example.com"]
  bound_claims         = { project_id = ["123456789"] }
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}
