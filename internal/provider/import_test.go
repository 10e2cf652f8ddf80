// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// known has, by type, what people may call the one object of it that takenOver makes, and its
// identity: attributes of its state.
func known(state *officialState) (ids map[string][]string, identities map[string]providertest.Values) {
	of := func(n int, attribute string) string {
		text, _ := state.resources[n]["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any)[attribute].(string)
		return text
	}
	role, project, slug, projectRole := of(0, "id"), of(1, "id"), of(1, "slug"), of(2, "id")
	identity, secret, prefix, local, privilege := of(3, "id"), of(5, "id"), of(5, "client_secret")[:4], of(7, "id"), of(8, "id")
	return map[string][]string{
			"organization_role":            {"auditor", role},
			"project":                      {slug, project},
			"project_role":                 {slug + "/deployer", project + "/" + projectRole},
			"identity":                     {"ci", identity},
			"universal_auth":               {"ci", identity},
			"oidc_auth":                    {"ci", identity},
			"token_auth":                   {"ci", identity},
			"universal_auth_client_secret": {"ci/GitHub", "ci/" + prefix, identity + "/" + secret},
			"project_membership":           {slug + "/ci", project + "/" + identity},
			"project_membership_role":      {slug + "/ci/viewer", project + "/" + identity + "/viewer"},
			"project_identity":             {slug + "/local", project + "/" + local},
			"project_privilege":            {slug + "/ci/extra", privilege},
			"project_folder_access":        {slug + "/ci/dev//app", project + "/" + identity + "/dev/app"},
		}, map[string]providertest.Values{
			"organization_role":            {"id": role},
			"project":                      {"id": project},
			"project_role":                 {"project_id": project, "id": projectRole},
			"identity":                     {"id": identity},
			"universal_auth":               {"identity_id": identity},
			"oidc_auth":                    {"identity_id": identity},
			"token_auth":                   {"identity_id": identity},
			"universal_auth_client_secret": {"identity_id": identity, "id": secret},
			"project_membership":           {"project_id": project, "identity_id": identity},
			"project_membership_role":      {"project_id": project, "identity_id": identity, "role": "viewer"},
			"project_identity":             {"project_id": project, "id": local},
			"project_privilege":            {"id": privilege},
			"project_folder_access":        {"project_id": project, "identity_id": identity, "environment": "dev", "secret_path": "/app"},
		}
}

// TestGeneratedConfiguration imports one of everything by names, has Terraform write its
// configuration, and applies that with no change.
func TestGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	state := &officialState{host: registry()}
	takenOver(t, h, state)
	ids, _ := known(state)
	delete(ids, "project_membership_role") // excludes the membership as a whole
	var blocks strings.Builder
	for kind, names := range ids {
		fmt.Fprintf(&blocks, "import {\n  to = machineid_%s.x\n  id = %q\n}\n", kind, names[0])
	}
	h.write(t, "main.tf", h.provider("")+blocks.String())
	_, writes := h.counted()
	h.must(t, "plan", "-input=false", "-generate-config-out=generated.tf")
	said := h.must(t, "apply", "-input=false", "-no-color", "-auto-approve")
	if !strings.Contains(said, fmt.Sprintf("Resources: %d imported, 0 added, 0 changed, 0 destroyed", len(ids))) {
		t.Error(said)
	}
	h.must(t, "plan", "-input=false", "-detailed-exitcode")
	if writes.Load() != 0 {
		t.Errorf("%d requests wrote", writes.Load())
	}
	generated, err := os.ReadFile(filepath.Join(h.dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(generated), "\nresource "); got != len(ids) {
		t.Errorf("%d resources: %s", got, generated)
	}
	if regexp.MustCompile(`[0-9a-f]{64}|\sclient_secret\s`).Match(generated) {
		t.Errorf("a secret: %s", generated)
	}
}

// TestImportsAreTheSame: by every ID and by identity the same object is imported.
func TestImportsAreTheSame(t *testing.T) {
	h := newInstallation(t)
	state := &officialState{host: registry()}
	takenOver(t, h, state)
	ids, identities := known(state)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	schemas, err := p.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatal(err, providertest.Summaries(schemas.Diagnostics))
	}
	for kind := range p.Schemas.ResourceSchemas {
		short := strings.TrimPrefix(kind, "machineid_")
		if ids[short] == nil || identities[short] == nil {
			t.Errorf("%s is not tested here", kind)
			continue
		}
		want, identity := p.Import(t, kind, "", identities[short])
		object := schemas.IdentitySchemas[kind].ValueType()
		told, err := identity.IdentityData.Unmarshal(object)
		if wanted, _ := providertest.IdentityData(t, identities[short]).Unmarshal(object); err != nil || !told.Equal(wanted) {
			t.Errorf("%s: identity %s (%v)", kind, told, err)
		}
		for _, id := range ids[short] {
			if len(id) == 36 { // an ID by itself, here in upper case
				id = strings.ToUpper(id)
			}
			got, identity := p.Import(t, kind, id, nil)
			if again, err := identity.IdentityData.Unmarshal(object); err != nil || !got.Equal(want) || !again.Equal(told) {
				t.Errorf("%s %s: %s, not %s; identity %s (%v)", kind, id, got, want, again, err)
			}
		}
	}
}

// TestAmbiguousImports name the candidates, and what there is nothing of is an error that says so.
func TestAmbiguousImports(t *testing.T) {
	h := newInstallation(t)
	state := &officialState{host: registry()}
	takenOver(t, h, state)
	_, identities := known(state)
	ci := identities["identity"]["id"].(string)
	slug := state.resources[1]["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any)["slug"].(string)
	twin := h.AsAdmin(t, "POST", "/v1/identities", map[string]any{"name": "ci", "organizationId": h.Admin.OrganizationID}).Text("identity", "id")
	secret := h.AsAdmin(t, "POST", "/v1/auth/universal-auth/identities/"+ci+"/client-secrets", map[string]any{"description": "GitHub"}).Text("clientSecretData", "id")
	server := provider.NewServer(provider.New("test"))
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: providertest.DynamicValue(t, schemas.Provider, providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})}); err != nil {
		t.Fatal(err)
	}
	const none = "6e0c2f9e-5b1e-4a50-9b53-8c8f4a8e1b7a"
	cases := map[[2]string][]string{
		{"identity", "ci"}:                                  {ci, twin},
		{"identity", "nobody"}:                              {`no identity with the name "nobody"`},
		{"universal_auth", "ci"}:                            {ci, twin},
		{"universal_auth_client_secret", ci + "/GitHub"}:    {secret, "more than one client secret"},
		{"universal_auth_client_secret", ci + "/x"}:         {`prefix or the description "x"`},
		{"universal_auth_client_secret", ci}:                {"<identity_id>/<id>"},
		{"organization_role", "nothing"}:                    {"role"},
		{"organization_role", none}:                         {"role"},
		{"identity", none}:                                  {"Nothing to import", `No identity has the import ID "` + none + `"`},
		{"project", "shop"}:                                 {"Nothing to import", `No project has the import ID "shop"`},
		{"project_role", slug + "/nothing"}:                 {"Nothing to import", slug + "/nothing"},
		{"project_role", "no-project/deployer"}:             {"Nothing to import"},
		{"project_membership", slug + "/nobody"}:            {`no identity with the name "nobody" in the project`},
		{"project_privilege", slug + "/ci"}:                 {"<project>/<identity>/<slug>"},
		{"project_privilege", slug + "/ci/nothing"}:         {`no privilege with the slug "nothing"`},
		{"project_membership_role", slug + "/ci"}:           {"<project_id>/<identity_id>/<role>"},
		{"project_identity", slug + "/ci"}:                  {""},
		{"project_membership_role", slug + "/ci/no-such-x"}: {""},
	}
	for _, key := range slices.Collect(maps.Keys(cases)) {
		kind := "machineid_" + key[0]
		made, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: key[1]})
		if err != nil {
			t.Fatal(err)
		}
		said, gone := providertest.Summaries(made.Diagnostics), false
		if len(made.ImportedResources) > 0 {
			first := made.ImportedResources[0]
			read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: first.State, CurrentIdentity: first.Identity, Private: first.Private})
			if err != nil {
				t.Fatal(err)
			}
			said = providertest.Summaries(read.Diagnostics)
			value, err := read.NewState.Unmarshal(schemas.ResourceSchemas[kind].ValueType())
			gone = err == nil && value.IsNull()
		}
		if strings.Contains(said, "always a problem") || said == "" && !gone {
			t.Errorf("%v: %s, gone: %t", key, said, gone)
		}
		for _, want := range cases[key] {
			if !strings.Contains(said, want) {
				t.Errorf("%v: %s", key, said)
			}
		}
	}
}

// TestImportByIdentityTakesIDs imports one of everything by an identity with an empty attribute, with a name
// in place of an ID, and with an ID in upper case, which would not be that of the state.
func TestImportByIdentityTakesIDs(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	state := &officialState{host: registry()}
	takenOver(t, h, state)
	_, identities := known(state)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	expect := func(kind string, identity providertest.Values, name, value, want string) {
		t.Helper()
		with := maps.Clone(identity)
		with[name] = value
		made, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: "machineid_" + kind, Identity: &tfprotov6.ResourceIdentityData{IdentityData: providertest.IdentityData(t, with)},
		})
		if err != nil || !strings.Contains(providertest.Summaries(made.Diagnostics), want) {
			t.Errorf("%s with %s = %q: %v %s", kind, name, value, err, providertest.Summaries(made.Diagnostics))
		}
	}
	for kind, identity := range identities {
		for name, value := range identity {
			expect(kind, identity, name, "", "has an empty "+name)
			if name == "id" || strings.HasSuffix(name, "_id") {
				expect(kind, identity, name, "ci", `"ci" is not an ID`)
				expect(kind, identity, name, strings.ToUpper(fmt.Sprint(value)), fmt.Sprintf("Write %q", value))
			}
		}
	}
}
