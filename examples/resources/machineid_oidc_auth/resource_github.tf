resource "machineid_identity" "deploy" {
  name = "deploy"
}

# Jobs of one repository of GitHub Actions, in the environment production.
resource "machineid_oidc_auth" "deploy" {
  identity_id     = machineid_identity.deploy.id
  discovery_url   = "https://token.actions.githubusercontent.com"
  bound_issuer    = "https://token.actions.githubusercontent.com"
  bound_audiences = ["https://infisical.example.com"]
  bound_claims = {
    repository_id = ["123456789"] # gh api repos/acme/shop --jq .id
    environment   = ["production"]
    ref           = ["refs/heads/main", "refs/heads/release/*"]
  }

  # Tokens for minutes.
  access_token_ttl     = "15m"
  access_token_max_ttl = "15m"
}
