// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestListsFindEverything: what is found has the identity and the state that an import of it has.
func TestListsFindEverything(t *testing.T) {
	h := newInstallation(t)
	state := &officialState{host: registry()}
	takenOver(t, h, state)
	_, identities := known(state)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	schemas, err := p.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	project := providertest.Values{"project_id": identities["project"]["id"]}
	configs := map[string]providertest.Values{
		"machineid_identity": nil, "machineid_organization_role": nil, "machineid_project": nil, "machineid_project_role": project, "machineid_project_membership": project,
		"machineid_project_folder_access":        project,
		"machineid_universal_auth_client_secret": {"identity_id": identities["identity"]["id"]},
	}
	for kind := range p.Schemas.ListResourceSchemas {
		config, tested := configs[kind]
		if !tested {
			t.Errorf("%s is not tested here", kind)
			continue
		}
		identity := identities[strings.TrimPrefix(kind, "machineid_")]
		imported, _ := p.Import(t, kind, "", identity)
		object := schemas.IdentitySchemas[kind].ValueType()
		wanted, err := providertest.IdentityData(t, identity).Unmarshal(object)
		if err != nil {
			t.Fatal(err)
		}
		for _, include := range []bool{false, true} {
			got := p.List(t, kind, config, include, 0, 0)
			n := slices.IndexFunc(got.Identities, func(i *tfprotov6.ResourceIdentityData) bool {
				told, err := i.IdentityData.Unmarshal(object)
				return err == nil && told.Equal(wanted)
			})
			if got.Diagnostics != "" || n < 0 || got.Names[n] == "" {
				t.Errorf("%s: %s, %d of %v", kind, got.Diagnostics, n, got.Names)
				continue
			}
			if !include && len(got.Resources) > 0 || include && !got.Resources[n].Equal(imported) {
				t.Errorf("%s: %v, not %s", kind, got.Resources, imported)
			}
		}
	}
}

// TestListOfIdentities filters, and asks for no page that nobody wants.
func TestListOfIdentities(t *testing.T) {
	server := servertest.Start(t)
	for n := range 230 {
		newNamed(t, server, fmt.Sprintf("bulk %03d", n), "no-access")
	}
	newNamed(t, server, "ci", "member", "team", "payments")
	const kind = "machineid_identity"
	var pages atomic.Int64
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/search") {
			pages.Add(1)
		}
		return next.RoundTrip(req)
	})), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	for name, tc := range map[string]struct {
		config      providertest.Values
		limit       int64
		stop        int
		want, pages int
	}{
		"all":             {want: 232, pages: 3},
		"limited":         {limit: 100, want: 100, pages: 1},
		"limited to more": {limit: 101, want: 101, pages: 2},
		"stopped":         {stop: 3, want: 3, pages: 1},
		"by name":         {config: providertest.Values{"name": "ci"}, want: 1, pages: 1},
		"by part":         {config: providertest.Values{"name_contains": "Bulk 1"}, limit: 1000, want: 100, pages: 1},
		"by role":         {config: providertest.Values{"role": "member"}, want: 1, pages: 1},
		"by method":       {config: providertest.Values{"auth_method": "oidc-auth"}, want: 0, pages: 3},
	} {
		pages.Store(0)
		got := p.List(t, kind, tc.config, false, tc.limit, tc.stop)
		if got.Diagnostics != "" || len(got.Names) != tc.want || pages.Load() != int64(tc.pages) {
			t.Errorf("%s: %d found in %d pages: %s", name, len(got.Names), pages.Load(), got.Diagnostics)
		}
	}
	metadata := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"team": tftypes.NewValue(tftypes.String, "payments")})
	var pairs map[string]tftypes.Value
	if err := metadata.As(&pairs); err != nil {
		t.Fatal(err)
	}
	if got := p.List(t, kind, providertest.Values{"metadata": pairs, "name_contains": "c"}, true, 0, 0); len(got.Resources) != 1 || got.Names[0] != "ci" || !strings.Contains(got.Resources[0].String(), "payments") {
		t.Errorf("by metadata: %v %s", got.Names, got.Diagnostics)
	}
}

// TestListsFail in the middle, with what came before; and at once where nobody can be asked.
func TestListsFail(t *testing.T) {
	server := servertest.Start(t)
	for n := range 120 {
		newNamed(t, server, fmt.Sprint("bulk ", n), "no-access")
	}
	var pages atomic.Int64
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/search") && pages.Add(1) == 2 {
			return providertest.Response(http.StatusForbidden, "application/json", `{"statusCode":403,"error":"PermissionDenied","message":"You are not allowed to read on identity"}`), nil
		}
		return next.RoundTrip(req)
	})), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	if got := p.List(t, "machineid_identity", nil, false, 0, 0); len(got.Names) != 100 || strings.Count(got.Diagnostics, "ERROR Could not list the identity") != 1 || !strings.Contains(got.Diagnostics, "not allowed to read") {
		t.Errorf("%d: %s", len(got.Names), got.Diagnostics)
	}
	if got := p.List(t, "machineid_project_membership", providertest.Values{"project_id": "6e0c2f9e-5b1e-4a50-9b53-8c8f4a8e1b7a"}, true, 0, 0); len(got.Names) > 0 || !strings.Contains(got.Diagnostics, "ERROR Could not list the project membership") {
		t.Error(got.Names, got.Diagnostics)
	}
	blind := providertest.Configure(t, provider.New("test"), providertest.Values{"host": providertest.Unknown})
	if got := blind.List(t, "machineid_identity", nil, false, 0, 0); !strings.Contains(got.Diagnostics, "configuration is unknown") {
		t.Error(got.Diagnostics)
	}
}

// TestListsSkipWhatIsGone by the time that it is read.
func TestListsSkipWhatIsGone(t *testing.T) {
	server := servertest.Start(t)
	gone := newNamed(t, server, "gone", "no-access")
	newNamed(t, server, "here", "no-access")
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/identities/"+gone) {
			server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+gone, nil)
		}
		return next.RoundTrip(req)
	})), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	if got := p.List(t, "machineid_identity", nil, true, 0, 0); got.Diagnostics != "" || slices.Contains(got.Names, "gone") || !slices.Contains(got.Names, "here") {
		t.Error(got.Names, got.Diagnostics)
	}
}

// TestListOfClientSecrets by expiry and use.
func TestListOfClientSecrets(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+identity.ID+"/client-secrets", map[string]any{"description": "short", "ttl": 3600})
	server.TokenOf(t, identity)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	later := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	for name, tc := range map[string]struct {
		config providertest.Values
		want   string
	}{
		"all": {providertest.Values{}, "2"}, "unused": {providertest.Values{"unused": true}, `1 "short"`}, "used": {providertest.Values{"unused": false}, `1 ""`}, "expires": {providertest.Values{"expires_before": later}, `1 "short"`},
	} {
		tc.config["identity_id"] = identity.ID
		got := p.List(t, "machineid_universal_auth_client_secret", tc.config, true, 0, 0)
		count, shown, _ := strings.Cut(tc.want, " ")
		if got.Diagnostics != "" || fmt.Sprint(len(got.Names)) != count || !strings.HasSuffix(got.Names[0], shown) || strings.Contains(fmt.Sprint(got.Resources), identity.ClientSecret) {
			t.Errorf("%s: %v %s", name, got.Names, got.Diagnostics)
		}
	}
}

func texts6(values ...string) []tftypes.Value {
	list := []tftypes.Value{}
	for _, value := range values {
		list = append(list, tftypes.NewValue(tftypes.String, value))
	}
	return list
}

func TestRevokeClientSecrets(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	path := "/v1/auth/universal-auth/identities/" + identity.ID + "/client-secrets"
	var ids []string
	for n := range 4 {
		ids = append(ids, server.AsAdmin(t, http.MethodPost, path, map[string]any{"description": fmt.Sprint("secret ", n)}).Text("clientSecretData", "id"))
	}
	left := func() int { return len(server.AsAdmin(t, http.MethodGet, path, nil).At("clientSecretData").([]any)) }
	var refused atomic.Value
	refused.Store("none")
	var gone atomic.Bool
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if gone.Load() && strings.HasSuffix(req.URL.Path, "/revoke") {
			return providertest.Response(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"NotFound","message":"It has gone"}`), nil
		}
		if strings.Contains(req.URL.Path, refused.Load().(string)+"/revoke") {
			return providertest.Response(http.StatusForbidden, "application/json", `{"statusCode":403,"error":"PermissionDenied","message":"You are not allowed"}`), nil
		}
		return next.RoundTrip(req)
	})), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	const kind = "machineid_revoke_client_secrets"

	_, planned, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID, "except": texts6(ids[0], identity.ID)})
	if want := identity.ID + " in except is none of the identity's client secrets"; !strings.Contains(strings.ToLower(planned), want) || !strings.Contains(strings.ToLower(said), want) || left() != 5 {
		t.Error(planned, said, left())
	}
	progress, planned, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID, "except": texts6(ids...)})
	if !strings.HasPrefix(planned, "WARNING The action would revoke client secrets: As things are, 1 of the 5") || strings.Contains(planned, identity.ClientSecret) ||
		len(progress) != 2 || !strings.HasPrefix(progress[0], "Revoking 1 of 5") || said != "" || left() != 4 {
		t.Error(planned, progress, said, left())
	}
	refused.Store(ids[2])
	progress, _, said = p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID, "except": texts6(ids[0])})
	_, lists, _ := strings.Cut(said, "revoked before: ")
	before, after, _ := strings.Cut(lists, "not revoked: ")
	if revoked := 4 - left(); len(progress) != revoked+1 || strings.Count(before, "secret ") != revoked && revoked > 0 || !strings.Contains(after, ids[2]) || strings.Contains(before, ids[2]) {
		t.Error(progress, said, revoked)
	}
	refused.Store("none")
	gone.Store(true) // others revoke in between
	if progress, _, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID}); said != "" || len(progress) < 2 || left() == 0 {
		t.Error(progress, said, left())
	}
	gone.Store(false)
	if _, _, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID}); said != "" || left() != 0 {
		t.Error(said, left())
	}
	if _, planned, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": identity.ID}); said != "" || !strings.Contains(planned, "0 of the 0 client secrets") {
		t.Error(planned, said)
	}
	if _, planned, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": "6e0c2f9e-5b1e-4a50-9b53-8c8f4a8e1b7a"}); !strings.Contains(planned, "ERROR Could not revoke client secrets") || !strings.Contains(said, "ERROR") {
		t.Error(planned, said)
	}
}

// TestActionsWaitForTheConfiguration: a plan that cannot ask says nothing, and nothing is invoked.
func TestActionsWaitForTheConfiguration(t *testing.T) {
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": providertest.Unknown})
	_, planned, said := p.InvokeAction(t, "machineid_revoke_client_secrets", providertest.Values{"identity_id": "x"})
	if planned != "" || !strings.Contains(said, "configuration is unknown") {
		t.Error(planned, said)
	}
}

// TestRevokeTokenAuthTokens: all but one, then all; and where the server lists no more than the
// newest 200, the action says that older ones may be left.
func TestRevokeTokenAuthTokens(t *testing.T) {
	server := servertest.Start(t)
	id := newNamed(t, server, "ci", "no-access")
	path := "/v1/auth/token-auth/identities/" + id
	server.AsAdmin(t, http.MethodPost, path, map[string]any{})
	var ids, tokens []string
	issue := func(name string) {
		made := server.AsAdmin(t, http.MethodPost, path+"/tokens", map[string]any{"name": name})
		ids, tokens = append(ids, made.Text("tokenData", "id")), append(tokens, made.Text("accessToken"))
	}
	for n := range 3 {
		issue(fmt.Sprint("token ", n))
	}
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	const kind = "machineid_revoke_token_auth_tokens"
	progress, planned, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": id, "except": texts6(ids[1])})
	if !strings.Contains(planned, "2 of the 3 access tokens") || !strings.Contains(planned, "token 0") || strings.Contains(planned, tokens[0]) || said != "" || len(progress) != 3 {
		t.Error(planned, progress, said)
	}
	for n, token := range tokens {
		if server.Alive(t, token) != (n == 1) {
			t.Errorf("token %d: alive %t", n, server.Alive(t, token))
		}
	}
	for n := range 198 {
		issue(fmt.Sprint("later ", n))
	}
	if progress, _, said := p.InvokeAction(t, kind, providertest.Values{"identity_id": id}); !strings.Contains(said, "older tokens may remain") || len(progress) != 200 {
		t.Error(said, len(progress))
	}
	for n, token := range tokens {
		if server.Alive(t, token) {
			t.Errorf("token %d is alive", n)
		}
	}
}

func TestClearLockouts(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", map[string]any{"lockoutThreshold": 1})
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	config := providertest.Values{"identity_id": identity.ID}
	if _, planned, said := p.InvokeAction(t, "machineid_clear_lockouts", config); !strings.Contains(planned, "which is not locked") || said != "" {
		t.Error(planned, said)
	}
	server.Login(t, identity.ClientID, "wrong")
	if a := server.Login(t, identity.ClientID, identity.ClientSecret); a.Status == http.StatusOK {
		t.Fatal("it is not locked")
	}
	progress, planned, said := p.InvokeAction(t, "machineid_clear_lockouts", config)
	if !strings.Contains(planned, "which is locked for universal-auth") || said != "" || !slices.Contains(progress, "Lockouts cleared: 1") {
		t.Error(progress, planned, said)
	}
	server.TokenOf(t, identity)
	if _, planned, said := p.InvokeAction(t, "machineid_clear_lockouts", providertest.Values{"identity_id": providertest.Unknown}); planned != "" || !strings.Contains(said, "ERROR") {
		t.Error(planned, said)
	}
}

// TestQueryOfTheCLI has the CLI list and count, where it is new enough.
func TestQueryOfTheCLI(t *testing.T) {
	server := servertest.Start(t)
	newNamed(t, server, "ci", "member")
	project, member := server.NewProject(t), newNamed(t, server, "reader", "no-access")
	server.Join(t, project, member, "no-access")
	for _, path := range []string{"/app", "/db"} {
		server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/memberships/identities/"+member+"/secret-folder-access",
			map[string]any{"environmentSlug": "dev", "secretPath": path, "permission": "read"})
	}
	resource.ParallelTest(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"machineid": providertest.ServerFactory(provider.New("test")),
		},
		Steps: []resource.TestStep{{
			Query:  true,
			Config: providertest.AdminConfig(server) + "list \"machineid_identity\" \"x\" {\n  provider = machineid\n  config {\n    role = \"member\"\n  }\n}\n",
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength("machineid_identity.x", 1),
			},
		}, {
			Query:  true,
			Config: providertest.AdminConfig(server) + fmt.Sprintf("list \"machineid_project_folder_access\" \"x\" {\n  provider = machineid\n  config {\n    project_id = %q\n  }\n}\n", project.ID),
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength("machineid_project_folder_access.x", 2),
				querycheck.ExpectIdentity("machineid_project_folder_access.x", map[string]knownvalue.Check{
					"project_id": providertest.Text(project.ID), "identity_id": providertest.Text(member),
					"environment": providertest.Text("dev"), "secret_path": providertest.Text("/db"),
				}),
			},
		}},
	})
}

// TestActionOfTheCLI has the CLI invoke an action after a change, where it is new enough.
func TestActionOfTheCLI(t *testing.T) {
	server := servertest.Start(t)
	config := func(description string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf(`
resource "machineid_identity" "x" {
  name = "x"
}
resource "machineid_universal_auth" "x" {
  identity_id = machineid_identity.x.id
}
resource "machineid_universal_auth_client_secret" "x" {
  identity_id = machineid_universal_auth.x.identity_id
  description = %q
  lifecycle {
    create_before_destroy = true
    action_trigger {
      events  = [after_create]
      actions = [action.machineid_revoke_client_secrets.others]
    }
  }
}
action "machineid_revoke_client_secrets" "others" {
  config {
    identity_id = machineid_identity.x.id
    except      = [machineid_universal_auth_client_secret.x.id]
  }
}
`, description)
	}
	providertest.Apply(t, provider.New("test"), resource.TestStep{Config: config("first")}, resource.TestStep{Config: config("second")})
}
