// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const effectiveAddress = "data.machineid_effective_permissions.x"

func effectiveConfig(identity, project string) string {
	if project != "" {
		project = fmt.Sprintf("project_id = %q\n", project)
	}
	return fmt.Sprintf("data \"machineid_effective_permissions\" \"x\" {\nidentity_id = %q\n%s}\n", identity, project)
}

// newMember creates an identity with roles and privileges of every kind, active and inactive ones.
func newMember(t *testing.T, server *servertest.Server, project servertest.Project) (identity, privilege string) {
	t.Helper()
	server.AsAdmin(t, http.MethodPost, "/v1/organization/roles", map[string]any{
		"slug": "auditor", "name": "Auditor", "permissions": []any{map[string]any{"subject": "audit-logs", "action": "read"}},
	})
	identity = server.NewIdentity(t, "auditor", nil).ID
	server.AsAdmin(t, http.MethodPatch, "/v1/identities/"+identity, map[string]any{"name": "ci", "metadata": []any{map[string]string{"key": "team", "value": "pay*ments"}}})
	for slug, path := range map[string]any{"team": map[string]any{"$glob": "/{{identity.metadata.team}}/**"}, "night": "/night"} {
		server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": slug, "name": slug, "permissions": []any{
			map[string]any{"subject": "secrets", "action": []string{"readValue", "edit"}, "conditions": map[string]any{"secretPath": path}},
		}})
	}
	window := func(start time.Time) map[string]any {
		return map[string]any{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": start}
	}
	now := time.Now().UTC().Truncate(time.Second)
	role := func(slug string, window map[string]any) map[string]any {
		assigned := map[string]any{"role": slug}
		maps.Copy(assigned, window)
		return assigned
	}
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/memberships/identities/"+identity, map[string]any{"roles": []any{
		role("team", nil), role("night", window(now.Add(-time.Minute))), role("admin", window(now.Add(time.Hour))), role("member", window(now.Add(-2*time.Hour))),
	}})
	for slug, kind := range map[string]map[string]any{"no-prod": {"isTemporary": false}, "over": window(now.Add(-2 * time.Hour))} {
		made := server.AsAdmin(t, http.MethodPost, privilegesPath, map[string]any{
			"identityId": identity, "projectId": project.ID, "slug": slug, "type": kind, "permissions": []any{
				map[string]any{"subject": "secrets", "action": []string{"edit"}, "inverted": true, "conditions": map[string]any{"environment": map[string]any{"$in": []string{"prod"}}}},
			},
		})
		if slug == "no-prod" {
			privilege = made.Text("privilege", "id")
		}
	}
	return identity, privilege
}

func TestEffectivePermissions(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	identity, privilege := newMember(t, server, project)
	stranger := server.NewIdentity(t, "member", nil).ID
	source := func(kind, slug string, id knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"kind": providertest.Text(kind), "slug": providertest.Text(slug), "id": id})
	}
	condition := func(key, operator string, value knownvalue.Check) knownvalue.Check {
		return knownvalue.SetExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{"key": providertest.Text(key), operator: value})})
	}
	start := providertest.AdminConfig(server)
	asked := func(question string) string {
		return start + effectiveConfig(identity, project.ID) + answer(`provider::machineid::allows(data.machineid_effective_permissions.x.`+question+`)`)
	}
	step := func(question string, want bool) resource.TestStep {
		return resource.TestStep{Config: asked(question), ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x", knownvalue.Bool(want))}}
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + effectiveConfig(identity, project.ID),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(effectiveAddress, "organization_permission", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"subject": providertest.Text("audit-logs"), "actions": providertest.TextSet("read"), "condition": knownvalue.SetSizeExact(0), "expires_at": knownvalue.Null(),
					"source": source("organization_role", "auditor", knownvalue.NotNull()),
				})})),
				providertest.ExpectAttribute(effectiveAddress, "project_permission", knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"subject": providertest.Text("secrets"), "actions": providertest.TextSet("edit", "readValue"), "effect": providertest.Text("allow"), "expires_at": knownvalue.Null(),
						"condition": condition("secretPath", "glob", providertest.Text(`/pay*ments/**`)),
						"source":    source("project_role", "team", knownvalue.NotNull()),
					}),
					knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"condition": condition("secretPath", "eq", providertest.Text("/night")),
						"source":    source("project_role", "night", knownvalue.NotNull()), "expires_at": knownvalue.NotNull(),
					}),
					knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"effect":    providertest.Text("deny"),
						"condition": condition("environment", "in", providertest.TextSet("prod")),
						"source":    source("project_privilege", "no-prod", providertest.Text(privilege)), "expires_at": knownvalue.Null(),
					}),
				})),
			},
		},
		step(`project_permission, "edit", "secrets", { environment = "dev", secretPath = "/pay*ments/db" }`, true),
		step(`project_permission, "edit", "secrets", { environment = "dev", secretPath = "/payXments/db" }`, true), // values are not quoted in globs
		step(`project_permission, "edit", "secrets", { environment = "prod", secretPath = "/night" }`, false),
		step(`organization_permission, "read", "audit-logs"`, true),
		resource.TestStep{ // only the organization, with a built-in role
			Config: start + effectiveConfig(stranger, ""),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(effectiveAddress, "project_permission", knownvalue.Null()),
				providertest.ExpectAttribute(effectiveAddress, "organization_permission", knownvalue.ListPartial(map[int]knownvalue.Check{
					0: knownvalue.ObjectPartial(map[string]knownvalue.Check{"source": source("organization_role", "member", knownvalue.Null())}),
				})),
			},
		},
		resource.TestStep{ // a project of which it is not a member
			Config:            start + effectiveConfig(stranger, project.ID),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(effectiveAddress, "project_permission", knownvalue.ListSizeExact(0))},
		},
		resource.TestStep{Config: start + effectiveConfig(identity, stranger), ExpectError: providertest.Sentence("Project not found")},
		resource.TestStep{Config: start + effectiveConfig(project.ID, ""), ExpectError: providertest.Sentence("Could not read the effective permissions")},
	)
}

// TestEffectivePermissionsDenied checks that the error names the missing permission.
func TestEffectivePermissionsDenied(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	identity, _ := newMember(t, server, project)
	reader := fmt.Sprintf("provider \"machineid\" {\nhost = %q\naccess_token = %q\n}\n", server.Host,
		server.TokenWith(t, permission.Rule{Subject: "identity", Actions: []string{"read"}}))
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, server.NewIdentity(t, "no-access", nil)) + effectiveConfig(identity, ""), ExpectError: providertest.Sentence("not allowed to read on identity")},
		resource.TestStep{Config: reader + effectiveConfig(identity, ""), ExpectError: providertest.Sentence("not allowed to read on role")},
		resource.TestStep{Config: providertest.AdminConfig(server) + effectiveConfig("", ""), PlanOnly: true, ExpectError: providertest.Sentence("an ID is a UUID")},
	)
}

// TestEffectivePermissionsOnAnOlderServer checks that a server without additional privileges is read without them.
func TestEffectivePermissionsOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	identity, _ := newMember(t, server, project)
	providertest.Apply(t, provider.New("test").WithTransport(providertest.WithoutRoutes(privilegesPath)), resource.TestStep{
		Config:            providertest.AdminConfig(server) + effectiveConfig(identity, project.ID),
		ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(effectiveAddress, "project_permission", knownvalue.ListSizeExact(2))},
	})
}

// TestEffectiveFolderAccess checks that folder access is listed with its source, and that allows applies it above roles.
func TestEffectiveFolderAccess(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, identity, "member")
	path := "/v1/projects/" + project.ID + "/memberships/identities/" + identity + "/secret-folder-access"
	for folder, level := range map[string]string{"/narrow": "list", "/wide": "full-access"} {
		server.AsAdmin(t, http.MethodPost, path, map[string]any{"environmentSlug": "prod", "secretPath": folder, "permission": level})
	}
	step := func(question string, want bool) resource.TestStep {
		return resource.TestStep{
			Config: providertest.AdminConfig(server) + effectiveConfig(identity, project.ID) +
				answer(`provider::machineid::allows(data.machineid_effective_permissions.x.project_permission, `+question+`)`),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x", knownvalue.Bool(want))},
		}
	}
	providertest.Apply(t, provider.New("test"),
		step(`"readValue", "secrets", { environment = "prod", secretPath = "/narrow" }`, false),
		step(`"describeSecret", "secrets", { environment = "prod", secretPath = "/narrow" }`, true),
		step(`"readValue", "secrets", { environment = "dev", secretPath = "/narrow" }`, true),
		step(`"readValue", "secrets", { environment = "prod", secretPath = "/narrow/inside" }`, true),
		step(`"read-root-credential", "dynamic-secrets", { environment = "prod", secretPath = "/wide" }`, true),
		step(`"create", "secret-folders", { environment = "prod", secretPath = "/wide" }`, false),
	)
}
