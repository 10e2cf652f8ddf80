// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import "slices"

// misspellings are mistakes that users make, beside those of generatedMisspellings.
var misspellings = slices.Concat(providerMisspellings, authMisspellings, listMisspellings, actionMisspellings, memberMisspellings)

var providerMisspellings = []misspelling{
	{hcl: "provider \"machineid\" {\n  alias = \"NAME\"\n  sandbox {\n    path        = \"./x.db\"\n    acces_token = \"x\" # error\n  }\n}" + usedByAnIdentity,
		want: []string{`An argument named "acces_token" is not expected here. Did you mean "access_token"?`}},
	{hcl: "provider \"machineid\" {\n  alias = \"NAME\"\n  sandbox = { path = \"./x.db\" } # error\n}" + usedByAnIdentity,
		want: []string{`An argument named "sandbox" is not expected here. Did you mean to define a block of type "sandbox"?`}},
	{hcl: "provider \"machineid\" {\n  alias = \"NAME\"\n  universal_auth = { client_id = \"x\" } # error\n}" + usedByAnIdentity,
		want: []string{`Did you mean to define a block of type "universal_auth"?`}},
	{hcl: "provider \"machineid\" {\n  alias = \"NAME\"\n  sandbox {} # error\n}" + usedByAnIdentity,
		want: []string{`The sandbox block has no path`}},
	{hcl: "provider \"machineid\" {\n  alias           = \"NAME\"\n  drift_detection = \"exist\" # error\n}" + usedByAnIdentity,
		want: []string{`drift_detection`, `"existence"`}},
	{hcl: "provider \"machineid\" {\n  alias = \"NAME\"\n  oidc {\n    audiense = \"x\" # error\n  }\n}" + usedByAnIdentity,
		want: []string{`Did you mean "audience"?`}},
	{hcl: "provider \"machineid\" {\n  alias           = \"NAME\"\n  request_timeout = \"30 s\" # error\n}" + usedByAnIdentity,
		want: []string{`"30 s"`, `"30s"`}},
}

var authMisspellings = []misspelling{
	{hcl: `resource "machineid_universal_auth" "NAME" {
  identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  lockout     = { threshold = 3 } # error
}`, want: []string{`An argument named "lockout" is not expected here`}},
	{hcl: `resource "machineid_universal_auth" "NAME" {
  identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  lockout { # error
    threshold = 3
  }
}`, want: []string{`Blocks of type "lockout" are not expected here`}},
	{hcl: `resource "machineid_universal_auth" "NAME" {
  identity_id            = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  access_token_trust_ips = ["10.0.0.0/8"] # error
}`, want: []string{`Did you mean "access_token_trusted_ips"?`}},
	{hcl: `resource "machineid_universal_auth" "NAME" {
  identity_id      = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  access_token_ttl = "15min" # error
}`, want: []string{`"15min"`, `write "15m"`}},
	{hcl: `resource "machineid_universal_auth" "NAME" {
  identity_id = "ci" # error
}`, want: []string{`Not an ID`, `data "machineid_identity"`}},
	{hcl: `resource "machineid_universal_auth_client_secret" "NAME" {
  identity_id       = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  rotate_when_spent = false # error
}`, want: []string{`An argument named "rotate_when_spent" is not expected here`}},
	{hcl: `resource "machineid_universal_auth_client_secret" "NAME" {
  identity_id         = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  ttl                 = "30d"
  rotate_befor_expiry = "7d" # error
}`, want: []string{`Did you mean "rotate_before_expiry"?`}},
	{hcl: `resource "machineid_universal_auth_client_secret" "NAME" {
  identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  ttl         = "0s" # error
}`, want: []string{`"0s" is shorter`, `Leave it out for no limit`}},
	{hcl: `resource "machineid_oidc_auth" "NAME" {
  identity_id    = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  discovery_url  = "https://gitlab.com"
  bound_issuer   = "https://gitlab.com"
  bound_audience = ["x"] # error
}`, want: []string{`Did you mean "bound_audiences"?`}},
	{hcl: `resource "machineid_oidc_auth" "NAME" {
  identity_id   = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  discovery_url = "https://gitlab.com"
  bound_issuer  = "https://gitlab.com"
  bound_clams   = { ref = ["main"] } # error
}`, want: []string{`Did you mean "bound_claims"?`}},
	{hcl: `resource "machineid_token_auth" "NAME" {
  identity_id       = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  acces_token_ttl   = "15m" # error
}`, want: []string{`Did you mean "access_token_ttl"?`}},
	{hcl: `ephemeral "machineid_access_token" "NAME" {
  client_id     = "x"
  client_secret = "x"
  min_ttl       = "15m" # error
}`, want: []string{`An argument named "min_ttl" is not expected here`}},
	{hcl: `ephemeral "machineid_token_auth_token" "NAME" {
  identity_id = "ci" # error
}`, want: []string{`Not an ID`}},
	{hcl: `ephemeral "machineid_universal_auth_client_secret" "NAME" {
  identity_id     = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  num_uses_limits = 5 # error
}`, want: []string{`Did you mean "num_uses_limit"?`}},
	{hcl: `data "machineid_universal_auth_client_secrets" "NAME" {
  identity_id   = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
  create_before = "2026-01-01T00:00:00Z" # error
}`, want: []string{`Did you mean "created_before"?`}},
	{hcl: `data "machineid_universal_auth" "NAME" {
  identity = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52" # error
}`, want: []string{`An argument named "identity" is not expected here`}},
}

var listMisspellings = []misspelling{
	{hcl: `list "machineid_universal_auth_client_secret" "NAME" {
  provider = machineid
  config {
    identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
    unusd       = true # error
  }
}`, want: []string{`Did you mean "unused"?`}},
	{hcl: `list "machineid_universal_auth_client_secret" "NAME" {
  provider = machineid
  config {
    identity_id = "ci" # error
  }
}`, want: []string{`Not an ID`}},
	{hcl: `list "machineid_universal_auth_client_secret" "NAME" {
  provider = machineid
  config {
    identity_id    = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
    created_before = "yesterday" # error
  }
}`, want: []string{`"yesterday"`}},
	{hcl: `list "machineid_identity" "NAME" {
  provider = machineid
  config {
    name_contain = "ci" # error
  }
}`, want: []string{`Did you mean "name_contains"?`}},
	{hcl: `list "machineid_identity" "NAME" {
  provider = machineid
  config {
    filter = { name = "ci" } # error
  }
}`, want: []string{`An argument named "filter" is not expected here`}},
}

var actionMisspellings = []misspelling{
	{hcl: `action "machineid_revoke_client_secrets" "NAME" {
  config {
    identity_id = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"
    exept       = ["x"] # error
  }
}`, want: []string{`Did you mean "except"?`}},
	{hcl: `action "machineid_clear_lockouts" "NAME" {
  config {
    identity_id = "ci" # error
  }
}`, want: []string{`Not an ID`}},
	{hcl: `action "machineid_revoke_token_auth_tokens" "NAME" {
  config {
    identity = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52" # error
  }
}`, want: []string{`An argument named "identity" is not expected here`}},
}
