// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// officialState is a state file as the official provider leaves it behind.
type officialState struct {
	host      string // of its address
	resources []map[string]any
}

// add puts an object there.
func (s *officialState) add(kind string, attributes map[string]any) {
	s.resources = append(s.resources, map[string]any{
		"mode": "managed", "type": "infisical_" + kind, "name": "x", "provider": `provider["` + s.host + `/infisical/infisical"]`,
		"instances": []any{map[string]any{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []any{}}},
	})
}

func (s *officialState) write(t testing.TB, h *installation) {
	t.Helper()
	content, err := json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "0e4bd3b6-9a5b-4f3e-8b57-2d6f4d1d0d55", "outputs": map[string]any{}, "resources": s.resources,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.write(t, "terraform.tfstate", string(content))
}

// registry is the host of the addresses that the CLI adds itself.
func registry() string {
	if strings.Contains(filepath.Base(providertest.CLI), "tofu") {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// stub is a provider without types, as an executable: all that a CLI wants of the provider whose
// resources are moved away.
var stub = sync.OnceValues(func() (string, error) {
	source := filepath.Join(providertest.Workspace, "stub.go")
	if err := os.WriteFile(source, []byte(`package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type stub struct{}

func (stub) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "infisical"
}
func (stub) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (stub) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (stub) Resources(context.Context) []func() resource.Resource                              { return nil }
func (stub) DataSources(context.Context) []func() datasource.DataSource                        { return nil }

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return stub{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/infisical/infisical"})
	if err != nil {
		panic(err)
	}
}
`), 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(providertest.Workspace, "terraform-provider-infisical_v0.19.24")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// mirror serves the built provider under its own address, as `init` wants it, and the stub under the
// official one where the state still names that.
func (h *installation) mirror(t testing.TB, official bool) {
	t.Helper()
	ours, err := built()
	if err != nil {
		t.Fatal(err)
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	binaries := map[string]string{
		"seed-54b7b333/machineid/0.0.1/" + platform + "/terraform-provider-machineid_v0.0.1": filepath.Join(ours, "terraform-provider-machineid"),
	}
	if official {
		theirs, err := stub()
		if err != nil {
			t.Fatal(err)
		}
		binaries["infisical/infisical/0.19.24/"+platform+"/terraform-provider-infisical_v0.19.24"] = theirs
	}
	for path, binary := range binaries {
		file := filepath.Join(h.dir, "mirror", registry(), path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(binary, file); err != nil {
			t.Fatal(err)
		}
	}
	h.write(t, "terraformrc", fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.Join(h.dir, "mirror")))
}

func (h *installation) must(t testing.TB, args ...string) string {
	t.Helper()
	said, err := h.run(t, args...)
	if err != nil {
		t.Fatal(args, err, said)
	}
	return said
}

// counted counts requests from now on: all, and those that write.
func (h *installation) counted() (all, writes *atomic.Int64) {
	all, writes = new(atomic.Int64), new(atomic.Int64)
	h.restart(func(req *http.Request) {
		all.Add(1)
		free := strings.HasSuffix(req.URL.Path, "/login") || strings.HasSuffix(req.URL.Path, "/token/revoke") || strings.HasSuffix(req.URL.Path, "/search")
		if req.Method != http.MethodGet && !free {
			writes.Add(1)
		}
	})
	return all, writes
}

func (h *installation) provider(more string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  host           = %q
  universal_auth {
    client_id     = %q
    client_secret = %q
  }
  %s
}
`, h.url, h.Admin.ClientID, h.Admin.ClientSecret, more)
}

// takenOver makes one of everything on the server, its state as the official provider would have it,
// and our configuration of the same.
func takenOver(t testing.TB, h *installation, state *officialState) string {
	t.Helper()
	p := h.NewProject(t)
	org := h.Admin.OrganizationID
	role := h.AsAdmin(t, http.MethodPost, "/v1/organization/roles", map[string]any{"slug": "auditor", "name": "Auditor", "permissions": []any{map[string]any{"subject": "identity", "action": []string{"read"}}}}).Text("role", "id")
	projectRole := h.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", map[string]any{"slug": "deployer", "name": "Deployer", "description": "Deploys",
		"permissions": []any{map[string]any{"subject": "secrets", "action": []string{"edit", "read"}, "conditions": map[string]any{"environment": map[string]any{"$eq": "dev"}}}}}).Text("role", "id")
	identity := h.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": "ci", "organizationId": org, "role": "auditor", "metadata": []any{map[string]any{"key": "team", "value": "payments"}}}).Text("identity", "id")
	auth := h.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+identity, map[string]any{"accessTokenTTL": 900, "clientSecretTrustedIps": []any{map[string]any{"ipAddress": "10.0.0.0/8"}}})
	secret := h.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+identity+"/client-secrets", map[string]any{"description": "GitHub", "ttl": 86400, "numUsesLimit": 5})
	h.Join(t, p, identity, "viewer", "deployer")
	member := h.AsAdmin(t, http.MethodGet, "/v2/workspace/"+p.ID+"/identity-memberships/"+identity, nil)
	scoped := h.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/identities", map[string]any{"name": "local", "metadata": []any{map[string]any{"key": "a", "value": "b"}}}).Text("identity", "id")
	privilege := h.AsAdmin(t, http.MethodPost, "/v2/identity-project-additional-privilege", map[string]any{"identityId": identity, "projectId": p.ID, "slug": "extra",
		"permissions": []any{map[string]any{"subject": "secrets", "action": []string{"create"}}}, "type": map[string]any{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2030-01-01T00:00:00Z"}}).Text("privilege", "id")

	h.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/memberships/identities/"+identity+"/secret-folder-access", map[string]any{"environmentSlug": "dev", "secretPath": "/app", "permission": "edit"})

	// The names of attributes are the official provider's, old and new mixed.
	state.add("org_role", map[string]any{"id": role, "name": "Auditor", "slug": "auditor", "description": "", "permissions": []any{map[string]any{"action": []any{"read"}, "subject": "identity", "conditions": nil, "inverted": nil}}})
	state.add("project", map[string]any{"id": p.ID, "slug": p.Slug, "name": "Project", "description": nil, "last_updated": "Monday, 02-Jan-06 15:04:05 MST", "template_name": nil})
	state.add("project_role", map[string]any{"id": projectRole, "project_slug": p.Slug, "name": "Deployer", "slug": "deployer", "description": "Deploys", "permissions": nil,
		"permissions_v2": []any{map[string]any{"action": []any{"edit", "read"}, "subject": "secrets", "inverted": false, "conditions": `{"environment":{"$eq":"dev"}}`}}})
	state.add("identity", map[string]any{"id": identity, "name": "ci", "role": "auditor", "org_id": org, "auth_modes": []any{"universal-auth"}})
	state.add("identity_universal_auth", map[string]any{"id": auth.Text("identityUniversalAuth", "id"), "identity_id": identity, "access_token_ttl": 900, "access_token_max_ttl": 2592000,
		"access_token_num_uses_limit": 0, "access_token_trusted_ips": []any{map[string]any{"ip_address": "0.0.0.0/0"}, map[string]any{"ip_address": "::/0"}}, "client_secret_trusted_ips": []any{map[string]any{"ip_address": "10.0.0.0/8"}}})
	state.add("identity_universal_auth_client_secret", map[string]any{"id": secret.Text("clientSecretData", "id"), "identity_id": identity, "client_id": auth.Text("identityUniversalAuth", "clientId"),
		"client_secret": secret.Text("clientSecret"), "created_at": "Monday, 02-Jan-06 15:04:05 MST", "description": "GitHub", "ttl": 86400, "number_of_uses_limit": 5, "number_of_uses": 0, "is_revoked": false})
	state.add("project_identity", map[string]any{"project_id": p.ID, "identity_id": identity, "membership_id": member.Text("identityMembership", "id"), "adopt_existing": false,
		"identity": map[string]any{"id": identity, "name": "ci", "auth_methods": []any{}}, "roles": []any{map[string]any{"role_slug": "viewer", "is_temporary": false}, map[string]any{"role_slug": "deployer", "is_temporary": false}}})
	state.add("project_scoped_identity", map[string]any{"id": scoped, "project_id": p.ID, "name": "local", "has_delete_protection": false, "metadata": []any{map[string]any{"key": "a", "value": "b"}}, "roles": []any{}, "auth_methods": []any{}})
	state.add("project_identity_specific_privilege", map[string]any{"id": privilege, "project_slug": p.Slug, "identity_id": identity, "slug": "extra", "is_temporary": true, "temporary_mode": "relative",
		"temporary_range": "1h", "temporary_access_start_time": "2030-01-01T00:00:00Z", "temporary_access_end_time": "2030-01-01T01:00:00Z", "permission": nil, "permissions_v2": []any{}})
	oidc := h.AsAdmin(t, http.MethodPost, "/v1/auth/oidc-auth/identities/"+identity, map[string]any{"oidcDiscoveryUrl": "https://token.actions.githubusercontent.com", "boundIssuer": "https://token.actions.githubusercontent.com",
		"boundAudiences": "a, b", "boundClaims": map[string]any{"repository_id": "7"}}).Text("identityOidcAuth", "id")
	token := h.AsAdmin(t, http.MethodPost, "/v1/auth/token-auth/identities/"+identity, map[string]any{"accessTokenTTL": 60}).Text("identityTokenAuth", "id")
	state.add("identity_oidc_auth", map[string]any{"id": oidc, "identity_id": identity, "oidc_discovery_url": "https://token.actions.githubusercontent.com", "oidc_ca_certificate": "", "bound_issuer": "https://token.actions.githubusercontent.com",
		"bound_audiences": []any{"a", "b"}, "bound_claims": map[string]any{"repository_id": "7"}, "bound_subject": "", "template_id": nil})
	state.add("identity_token_auth", map[string]any{"id": token, "identity_id": identity, "access_token_ttl": 60})
	return fmt.Sprintf(`
resource "machineid_oidc_auth" "x" {
  identity_id     = machineid_identity.x.id
  discovery_url   = "https://token.actions.githubusercontent.com"
  bound_issuer    = "https://token.actions.githubusercontent.com"
  bound_audiences = ["b", "a"]
  bound_claims    = { repository_id = ["7"] }
}
resource "machineid_token_auth" "x" {
  identity_id      = machineid_identity.x.id
  access_token_ttl = "1m"
}
resource "machineid_organization_role" "x" {
  slug        = "auditor"
  name        = "Auditor"
  permission {
    subject = "identity"
    actions = ["read"]
  }
}
resource "machineid_project" "x" {
  name = "Project"
  slug = %q
}
resource "machineid_project_role" "x" {
  project_id  = machineid_project.x.id
  slug        = "deployer"
  name        = "Deployer"
  description = "Deploys"
  permission {
    subject = "secrets"
    actions = ["read", "edit"]
    condition {
      key = "environment"
      eq  = "dev"
    }
  }
}
resource "machineid_identity" "x" {
  name     = "ci"
  role     = machineid_organization_role.x.slug
  metadata = { team = "payments" }
}
resource "machineid_universal_auth" "x" {
  identity_id               = machineid_identity.x.id
  access_token_ttl          = 900
  client_secret_trusted_ips = ["10.0.0.0/8"]
}
resource "machineid_universal_auth_client_secret" "x" {
  identity_id    = machineid_universal_auth.x.identity_id
  description    = "GitHub"
  ttl            = "1d"
  num_uses_limit = 5
}
resource "machineid_project_membership" "x" {
  project_id  = machineid_project.x.id
  identity_id = machineid_identity.x.id
  role { slug = machineid_project_role.x.slug }
  role { slug = "viewer" }
}
resource "machineid_project_identity" "x" {
  project_id = machineid_project.x.id
  name       = "local"
  metadata   = { a = "b" }
}
resource "machineid_project_privilege" "x" {
  project_id  = machineid_project.x.id
  identity_id = machineid_project_membership.x.identity_id
  slug        = "extra"
  permission {
    subject = "secrets"
    actions = ["create"]
  }
  temporary {
    start    = "2030-01-01T01:00:00+01:00"
    duration = "60m"
  }
}
`, p.Slug) + moved(state)
}

// renamed are the types that are called otherwise here.
var renamed = strings.NewReplacer(
	"infisical_project_identity_specific_privilege", "machineid_project_privilege", "infisical_project_scoped_identity", "machineid_project_identity",
	"infisical_project_identity", "machineid_project_membership", "infisical_org_role", "machineid_organization_role", "infisical_identity_", "machineid_", "infisical_", "machineid_",
)

func moved(state *officialState) string {
	var blocks strings.Builder
	for _, r := range state.resources {
		fmt.Fprintf(&blocks, "moved {\n  from = %[1]s.%[3]s\n  to   = %[2]s.%[3]s\n}\n", r["type"], renamed.Replace(r["type"].(string)), r["name"])
	}
	return blocks.String()
}

var onlyMoves = regexp.MustCompile(`Plan: 0 to add, 0 to change, 0 to destroy|No changes`)

// TestMove takes over one of everything, from under the official provider's address and from under
// ours, with both ways to look for changes, and changes nothing.
func TestMove(t *testing.T) {
	for name, tc := range map[string]struct {
		replaced bool
		drift    string
	}{"moved": {false, "full"}, "replaced": {true, "full"}, "existence": {false, "existence"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newInstallation(t)
			h.mirror(t, !tc.replaced)
			state := &officialState{host: registry()}
			config := h.provider(fmt.Sprintf("drift_detection = %q", tc.drift)) + takenOver(t, h, state)
			state.write(t, h)
			if tc.replaced {
				h.must(t, "state", "replace-provider", "-auto-approve", "infisical/infisical", "seed-54b7b333/machineid")
			}
			h.write(t, "main.tf", config)
			h.must(t, "init", "-input=false")
			_, writes := h.counted()
			if said := h.must(t, "plan", "-input=false", "-no-color"); !onlyMoves.MatchString(said) {
				t.Error(said)
			}
			if said, err := h.run(t, "plan", "-input=false", "-no-color", "-refresh=false"); err == nil || !providertest.Sentence("needs a refresh").MatchString(said) {
				t.Error(err, said)
			}
			h.must(t, "apply", "-input=false", "-auto-approve")
			h.must(t, "plan", "-input=false", "-detailed-exitcode")
			if writes.Load() != 0 {
				t.Errorf("%d requests wrote", writes.Load())
			}
			left, err := os.ReadFile(filepath.Join(h.dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			if secret := state.resources[5]["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any)["client_secret"].(string); secret == "" || !strings.Contains(string(left), secret) {
				t.Error("the client secret is lost")
			}
			if strings.Contains(string(left), "infisical_") {
				t.Error("something is left with the official provider")
			}
		})
	}
}

// TestMoveOf300 is a hundred identities with Universal Auth and a membership, from the official
// provider's state to an empty plan without a request that writes.
func TestMoveOf300(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.mirror(t, true)
	p := h.NewProject(t)
	state := &officialState{host: registry()}
	instances := map[string][]any{}
	add := func(kind string, n int, attributes map[string]any) {
		instances[kind] = append(instances[kind], map[string]any{"index_key": fmt.Sprint("i", n), "schema_version": 0, "attributes": attributes})
	}
	for n := range 100 {
		id := h.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": fmt.Sprint("i", n), "organizationId": h.Admin.OrganizationID, "role": "member"}).Text("identity", "id")
		auth := h.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id, map[string]any{}).Text("identityUniversalAuth", "id")
		h.Join(t, p, id, "viewer")
		add("identity", n, map[string]any{"id": id, "name": fmt.Sprint("i", n), "org_id": h.Admin.OrganizationID, "role": "member", "auth_mode": nil})
		add("identity_universal_auth", n, map[string]any{"id": auth, "identity_id": id, "access_token_ttl": 2592000, "access_token_max_ttl": 2592000, "access_token_num_uses_limit": 0})
		add("project_identity", n, map[string]any{"project_id": p.ID, "identity_id": id, "membership_id": nil, "roles": []any{map[string]any{"role_slug": "viewer"}}})
	}
	for _, kind := range []string{"identity", "identity_universal_auth", "project_identity"} {
		state.add(kind, nil)
		last := state.resources[len(state.resources)-1]
		last["each"], last["instances"] = "map", instances[kind]
	}
	state.write(t, h)
	h.write(t, "main.tf", h.provider("")+fmt.Sprintf(`
resource "machineid_identity" "x" {
  for_each = toset([for n in range(100) : "i${n}"])
  name     = each.key
  role     = "member"
}
resource "machineid_universal_auth" "x" {
  for_each    = machineid_identity.x
  identity_id = each.value.id
}
resource "machineid_project_membership" "x" {
  for_each    = machineid_identity.x
  project_id  = %q
  identity_id = each.value.id
  role {
    slug = "viewer"
  }
}
`, p.ID)+moved(state))
	h.must(t, "init", "-input=false")
	all, writes := h.counted()
	if said := h.must(t, "apply", "-input=false", "-no-color", "-auto-approve"); !strings.Contains(said, "Resources: 0 added, 0 changed, 0 destroyed") {
		t.Error(said)
	}
	t.Logf("%d requests to move 300 objects", all.Load())
	h.must(t, "plan", "-input=false", "-detailed-exitcode")
	if writes.Load() != 0 {
		t.Errorf("%d requests wrote", writes.Load())
	}
	listed := h.must(t, "state", "list")
	if got := strings.Count(listed, "machineid_"); got != 300 || strings.Contains(listed, "infisical_") {
		t.Errorf("%d objects: %s", got, listed)
	}
}
