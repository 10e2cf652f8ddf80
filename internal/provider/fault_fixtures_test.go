// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// fixture is a resource in the fault table: a configuration, and another that it changes to, in JSON.
// PROJECT, BARE (an identity that has nothing), LOGIN (one with Universal Auth) and MEMBER (one of the
// project) stand for IDs, and N for a number of its own.
type fixture struct{ config, changed string }

// fixtures has every resource of the provider.
var fixtures = map[string]fixture{
	"machineid_identity": {
		`{"name": "it N", "metadata": {"team": "payments"}}`, `{"name": "it N, renamed", "metadata": {"team": "shop"}}`,
	},
	"machineid_universal_auth": {
		`{"identity_id": "BARE", "access_token_ttl": "15m", "access_token_max_ttl": "1h"}`, `{"identity_id": "BARE", "access_token_ttl": "10m", "access_token_max_ttl": "1h"}`,
	},
	"machineid_oidc_auth": {
		`{"identity_id": "BARE", "discovery_url": "https://issuer.example.com", "bound_issuer": "https://issuer.example.com", "bound_subject": "N", "bound_audiences": ["it"]}`,
		`{"identity_id": "BARE", "discovery_url": "https://issuer.example.com", "bound_issuer": "https://issuer.example.com", "bound_claims": {"n": ["N"]}, "bound_audiences": ["it"]}`,
	},
	"machineid_token_auth": {
		`{"identity_id": "BARE", "access_token_ttl": "15m", "access_token_max_ttl": "1h"}`, `{"identity_id": "BARE", "access_token_ttl": "10m", "access_token_max_ttl": "1h"}`,
	},
	"machineid_universal_auth_client_secret": {
		`{"identity_id": "LOGIN", "description": "it N", "ttl": "90d"}`, `{"identity_id": "LOGIN", "description": "it N", "ttl": "30d"}`,
	},
	"machineid_organization_role": {
		`{"slug": "role-N", "name": "It", "permission": [{"subject": "identity", "actions": ["read"]}]}`,
		`{"slug": "role-N", "name": "It", "permission": [{"subject": "role", "actions": ["read"]}]}`,
	},
	"machineid_project": {
		`{"name": "It", "slug": "project-N"}`, `{"name": "It, renamed", "slug": "project-N"}`,
	},
	"machineid_project_role": {
		`{"project_id": "PROJECT", "slug": "role-N", "name": "It", "permission": [{"subject": "secrets", "actions": ["readValue"]}]}`,
		`{"project_id": "PROJECT", "slug": "role-N", "name": "It, renamed", "permission": []}`,
	},
	"machineid_project_membership": {
		`{"project_id": "PROJECT", "identity_id": "BARE", "role": [{"slug": "viewer"}]}`, `{"project_id": "PROJECT", "identity_id": "BARE", "role": [{"slug": "member"}]}`,
	},
	"machineid_project_membership_role": {
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "role": "member"}`,
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "role": "member", "temporary": {"duration": "8h", "start": "2026-12-01T08:00:00Z"}}`,
	},
	"machineid_project_identity": {
		`{"project_id": "PROJECT", "name": "it N", "metadata": {"team": "payments"}}`, `{"project_id": "PROJECT", "name": "it N, renamed"}`,
	},
	"machineid_project_folder_access": {
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "environment": "dev", "secret_path": "/app-N", "permission": "read"}`,
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "environment": "dev", "secret_path": "/app-N", "permission": "edit"}`,
	},
	"machineid_project_privilege": {
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "slug": "privilege-N", "permission": [{"subject": "secrets", "actions": ["edit"]}]}`,
		`{"project_id": "PROJECT", "identity_id": "MEMBER", "slug": "privilege-N", "permission": [{"subject": "secrets", "actions": ["create"]}]}`,
	},
}

// dataFixtures has every data source of the provider; ID and SECRET are those of a client.
var dataFixtures = map[string]string{
	"machineid_identity":              `{"name": "member of the table"}`,
	"machineid_access_token":          `{"client_id": "ID", "client_secret": "SECRET"}`,
	"machineid_organization_role":     `{"slug": "member"}`,
	"machineid_project":               `{"id": "PROJECT"}`,
	"machineid_project_role":          `{"project_id": "PROJECT", "slug": "viewer"}`,
	"machineid_project_memberships":   `{"project_id": "PROJECT"}`,
	"machineid_effective_permissions": `{"project_id": "PROJECT", "identity_id": "MEMBER"}`,

	"machineid_identities":                    `{"name": "member of the table"}`,
	"machineid_identity_project_memberships":  `{"identity_id": "MEMBER"}`,
	"machineid_organization":                  `{}`,
	"machineid_identity_memberships":          `{}`,
	"machineid_organization_roles":            `{}`,
	"machineid_project_roles":                 `{"project_id": "PROJECT"}`,
	"machineid_universal_auth_client_secrets": `{"identity_id": "LOGIN"}`,
	"machineid_universal_auth":                `{"identity_id": "LOGIN"}`,
}

// ephemeralFixtures has every ephemeral resource of the provider.
var ephemeralFixtures = map[string]string{
	"machineid_access_token":                 `{"client_id": "ID", "client_secret": "SECRET"}`,
	"machineid_token_auth_token":             `{"identity_id": "TOKENS", "name": "it"}`,
	"machineid_universal_auth_client_secret": `{"identity_id": "LOGIN"}`,
}

// listFixtures has every list resource of the provider.
var listFixtures = map[string]string{
	"machineid_identity":                     `{}`,
	"machineid_organization_role":            `{}`,
	"machineid_project":                      `{}`,
	"machineid_project_role":                 `{"project_id": "PROJECT"}`,
	"machineid_project_membership":           `{"project_id": "PROJECT"}`,
	"machineid_project_folder_access":        `{"project_id": "PROJECT", "identity_id": "MEMBER"}`,
	"machineid_universal_auth_client_secret": `{"identity_id": "LOGIN"}`,
}

// actionFixtures has every action of the provider.
var actionFixtures = map[string]string{
	"machineid_clear_lockouts":           `{"identity_id": "TOKENS"}`,
	"machineid_revoke_client_secrets":    `{"identity_id": "TOKENS"}`,
	"machineid_revoke_token_auth_tokens": `{"identity_id": "TOKENS"}`,
}

// otherFixtures are the configurations of what is no resource, by what is done to it.
var otherFixtures = map[string]map[string]string{
	"read": dataFixtures, "open": ephemeralFixtures, "query": listFixtures, "plan of action": actionFixtures, "invoke": actionFixtures,
}

// TestEveryThingHasAFixture: who adds a thing adds a fixture, for the fault table and for the
// permissions in the documentation.
func TestEveryThingHasAFixture(t *testing.T) {
	schemas := begin(t, provider.New("test").WithTransport(nil), providertest.Values{"host": "http://127.0.0.1:1"}).schemas
	resources := map[string]string{}
	for kind, f := range fixtures {
		resources[kind] = f.config
	}
	for what, of := range map[string]struct {
		kinds    []string
		fixtures map[string]string
	}{
		"resource":           {slices.Collect(maps.Keys(schemas.ResourceSchemas)), resources},
		"data source":        {slices.Collect(maps.Keys(schemas.DataSourceSchemas)), dataFixtures},
		"ephemeral resource": {slices.Collect(maps.Keys(schemas.EphemeralResourceSchemas)), ephemeralFixtures},
		"list resource":      {slices.Collect(maps.Keys(schemas.ListResourceSchemas)), listFixtures},
		"action":             {slices.Collect(maps.Keys(schemas.ActionSchemas)), actionFixtures},
	} {
		if had := slices.Sorted(maps.Keys(of.fixtures)); !slices.Equal(slices.Sorted(slices.Values(of.kinds)), had) {
			t.Errorf("%s: the provider has %v, the fixtures are of %v", what, of.kinds, had)
		}
	}
}

// placeholderValues creates what fixtures need and returns the values of their placeholders.
func placeholderValues(t *testing.T, s *servertest.Server) (*strings.Replacer, servertest.Project) {
	t.Helper()
	identity := func(name string) string {
		return s.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": name, "organizationId": s.Admin.OrganizationID}).Text("identity", "id")
	}
	project, login, member := s.NewProject(t), s.NewIdentity(t, "no-access", nil), identity("member of the table")
	s.Join(t, project, member, "viewer")
	tokens := s.NewIdentity(t, "no-access", nil).ID
	s.AttachAll(t, tokens)
	return strings.NewReplacer(`"PROJECT"`, quoted(project.ID), `"BARE"`, quoted(identity("bare")), `"LOGIN"`, quoted(login.ID), `"MEMBER"`, quoted(member),
		`"ID"`, quoted(login.ClientID), `"SECRET"`, quoted(login.ClientSecret), `"TOKENS"`, quoted(tokens)), project
}

func quoted(text string) string { return `"` + text + `"` }

// inventory is all that the server has, by what it is, as an admin sees it.
func inventory(t *testing.T, s *servertest.Server) map[string]string {
	t.Helper()
	all := map[string]string{}
	each := func(path, field string, visit func(object map[string]any)) {
		list, ok := s.AsAdmin(t, http.MethodGet, path, nil).At(field).([]any)
		if !ok {
			t.Fatal(path, "answers no", field)
		}
		for _, element := range list {
			object, _ := element.(map[string]any)
			visit(object)
		}
	}
	methods := func(id string, has any) {
		for _, method := range []string{"oidc-auth", "token-auth"} {
			if strings.Contains(fmt.Sprint(has), method) {
				all[method+" of "+id] = method
			}
		}
		if strings.Contains(fmt.Sprint(has), "universal-auth") {
			all["Universal Auth of "+id] = "Universal Auth"
			each("/v1/auth/universal-auth/identities/"+id+"/client-secrets", "clientSecretData", func(o map[string]any) {
				all["client secret "+fmt.Sprint(o["id"])] = "client secret"
			})
		}
	}
	each("/v1/identities?orgId="+s.Admin.OrganizationID, "identities", func(o map[string]any) {
		id, inner := fmt.Sprint(o["identityId"]), o["identity"].(map[string]any)
		all["identity "+id] = "identity"
		methods(id, inner["authMethods"])
	})
	each("/v1/organization/roles", "roles", func(o map[string]any) { all["role "+fmt.Sprint(o["id"])] = "role" })
	each("/v1/projects", "projects", func(o map[string]any) {
		project := fmt.Sprint(o["id"])
		all["project "+project] = "project"
		each("/v1/projects/"+project+"/roles", "roles", func(o map[string]any) { all["project role "+fmt.Sprint(o["id"])] = "project role" })
		each("/v1/projects/"+project+"/identities?limit=1000", "identities", func(o map[string]any) {
			id := fmt.Sprint(o["id"])
			all["project identity "+id] = "project identity"
			methods(id, o["authMethods"])
		})
		each("/v2/workspace/"+project+"/identity-memberships?limit=1000", "identityMemberships", func(o map[string]any) {
			id := fmt.Sprint(o["identity"].(map[string]any)["id"])
			all["membership "+fmt.Sprint(o["id"])+" of "+id] = "membership"
			for _, role := range o["roles"].([]any) {
				all["assignment "+fmt.Sprint(role.(map[string]any)["id"])] = "assignment of " + fmt.Sprint(role.(map[string]any)["role"])
			}
			each("/v2/identity-project-additional-privilege?projectId="+project+"&identityId="+id, "privileges", func(o map[string]any) {
				all["privilege "+fmt.Sprint(o["id"])] = "privilege"
			})
			each("/v1/projects/"+project+"/memberships/identities/"+id+"/secret-folder-access", "folderAccess", func(o map[string]any) {
				all["folder access "+fmt.Sprint(o["id"])] = "folder access"
			})
		})
	})
	return all
}
