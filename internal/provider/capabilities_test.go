// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestUnsupportedAttributes plans and applies what a server of October 2024 does not have. Each is an
// error at its attribute before anything is created, also where its value is known only in the apply.
func TestUnsupportedAttributes(t *testing.T) {
	const later = "resource \"terraform_data\" \"later\" {\n  input = VALUE\n}\n"
	for name, tc := range map[string]struct{ config, value, message string }{
		"identity": {`resource "machineid_identity" "x" {
  name              = "x"
  delete_protection = VALUE
}`, `true`, "does not have delete protection of identities, available since 2025. Update the server, or remove delete_protection from the configuration"},
		"project description": {`resource "machineid_project" "x" {
  name        = "x"
  description = VALUE
}`, `"d"`, "does not have descriptions of projects"},
		"project type": {`resource "machineid_project" "x" {
  name = "x"
  type = VALUE
}`, `"kms"`, "does not have types of projects"},
		"project protection": {`resource "machineid_project" "x" {
  name              = "x"
  delete_protection = VALUE
}`, `true`, "does not have delete protection of projects"},
		"project environments": {`resource "machineid_project" "x" {
  name                 = "x"
  default_environments = VALUE
}`, `false`, "does not have projects without default environments"},
		"period": {`resource "machineid_universal_auth" "x" {
  identity_id         = "IDENTITY"
  access_token_period = VALUE
}`, `"1h"`, "does not have periodic access tokens"},
		"claims": {`resource "machineid_oidc_auth" "x" {
  identity_id            = "IDENTITY"
  discovery_url          = "https://issuer.example.com"
  bound_issuer           = "https://issuer.example.com"
  bound_subject          = "ci"
  claim_metadata_mapping = VALUE
}`, `{ a = "b" }`, "does not have metadata from claims"},
		"folder access": {`resource "machineid_project_folder_access" "x" {
  project_id  = "PROJECT"
  identity_id = "IDENTITY"
  environment = "dev"
  secret_path = VALUE
  permission  = "read"
}`, `"/"`, "does not have folder access, available since August 2026. Update the server, or remove the project folder access"},
		"project identity": {`resource "machineid_project_identity" "x" {
  project_id = "PROJECT"
  name       = VALUE
}`, `"x"`, "does not have identities of a project"},
	} {
		t.Run(name, func(t *testing.T) {
			server := servertest.StartWith(t, servertest.Options{Generation: "old"})
			identity := server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": "bare", "organizationId": server.Admin.OrganizationID}).Text("identity", "id")
			project := server.AsAdmin(t, http.MethodPost, "/v2/workspace", map[string]any{"projectName": "p"}).Text("project", "id")
			ids := strings.NewReplacer("IDENTITY", identity, "PROJECT", project)
			var writes atomic.Int64
			p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				if req.Method != http.MethodGet && !strings.Contains(req.URL.Path, "/auth/universal-auth/login") && !strings.HasSuffix(req.URL.Path, "/token/revoke") {
					writes.Add(1)
				}
				return next.RoundTrip(req)
			}))
			start := providertest.AdminConfig(server)
			now := ids.Replace(strings.ReplaceAll(tc.config, "VALUE", tc.value))
			unknown := strings.ReplaceAll(later, "VALUE", tc.value) + ids.Replace(strings.ReplaceAll(tc.config, "VALUE", "terraform_data.later.output"))
			providertest.Apply(t, p,
				resource.TestStep{Config: start + now, PlanOnly: true, ExpectError: providertest.Sentence(tc.message)},
				resource.TestStep{Config: start + unknown, ExpectError: providertest.Sentence(tc.message)},
			)
			if writes.Load() != 0 {
				t.Errorf("%d requests changed something", writes.Load())
			}
		})
	}
}

// TestUnusedFeatures applies defaults on a server of October 2024, without a request for its description,
// and then what it cannot change.
func TestUnusedFeatures(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	var descriptions atomic.Int64
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.Path, "/docs/") {
			descriptions.Add(1)
		}
		return next.RoundTrip(req)
	}))
	config := providertest.AdminConfig(server) + `
resource "machineid_identity" "x" {
  name              = "x"
  delete_protection = false
}
resource "machineid_universal_auth" "x" {
  identity_id      = machineid_identity.x.id
  lockout_duration = "300s"
}
resource "machineid_project" "x" {
  name                 = "x"
  description          = ""
  type                 = "secret-manager"
  default_environments = true
}
`
	unused := providertest.CheckServer(func() error {
		if n := descriptions.Load(); n > 0 {
			return fmt.Errorf("the description was requested %d times", n)
		}
		return nil
	})
	providertest.Apply(t, p,
		resource.TestStep{Config: config, Check: unused},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: strings.Replace(config, "  description ", "  slug = \"other\"\n  description ", 1), ExpectError: providertest.Sentence("does not have changes of the slug of a project")},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
