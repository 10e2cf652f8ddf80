// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"maps"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Access is what a route requires of its caller. Without needs, membership in the scope is enough.
type Access struct {
	Scope permission.Scope // where the caller must have a membership; empty: nowhere, the route takes no token
	Needs []string         // permissions, as subject:action, in the order in which they are checked
}

// String returns a sentence for the description of the API.
func (a Access) String() string {
	place := "the organization"
	if a.Scope == permission.Project {
		place = "the project"
	}
	switch {
	case a.Scope == "":
		return "Needs no access token."
	case len(a.Needs) == 0:
		return "Needs a membership in " + place + " and no permission."
	}
	texts := make([]string, len(a.Needs))
	for n, need := range a.Needs {
		subject, action, _ := strings.Cut(need, ":")
		texts[n] = "`" + action + "` on `" + subject + "`"
	}
	return "Needs " + strings.Join(texts, " and ") + " in " + place + "."
}

func fromAnybody() Access { return Access{} }

func fromOrganization(needs ...string) Access { return Access{permission.Organization, needs} }

func fromProject(needs ...string) Access { return Access{permission.Project, needs} }

// Permissions returns what every route requires, by METHOD /path. Requirements in the organization apply
// in the project for an identity that belongs to a project. The matrix test checks each of them over HTTP.
func Permissions() map[string]Access {
	all := map[string]Access{
		"GET /status": fromAnybody(),

		"POST /v1/auth/token/renew":  fromAnybody(),
		"POST /v1/auth/token/revoke": fromAnybody(),

		"POST /v1/identities":                                  fromOrganization("identity:create"),
		"GET /v1/identities":                                   fromOrganization("identity:read"),
		"GET /v1/identities/details":                           fromOrganization(),
		"POST /v1/identities/search":                           fromOrganization("identity:read"),
		"GET /v1/identities/{identityId}":                      fromOrganization("identity:read"),
		"PATCH /v1/identities/{identityId}":                    fromOrganization("identity:edit"),
		"DELETE /v1/identities/{identityId}":                   fromOrganization("identity:delete"),
		"GET /v1/identities/{identityId}/identity-memberships": fromOrganization("identity:read"),
		"GET /v2/organizations/{orgId}/identity-memberships":   fromOrganization("identity:read"),
		"GET /v2/organizations/{orgId}/workspaces":             fromOrganization(),

		"GET /v1/organization/audit-logs": fromOrganization("audit-logs:read"),

		"POST /v1/organization/roles":            fromOrganization("role:create"),
		"GET /v1/organization/roles":             fromOrganization("role:read"),
		"GET /v1/organization/roles/{roleId}":    fromOrganization("role:read"),
		"GET /v1/organization/roles/slug/{slug}": fromOrganization("role:read"),
		"PATCH /v1/organization/roles/{roleId}":  fromOrganization("role:edit"),
		"DELETE /v1/organization/roles/{roleId}": fromOrganization("role:delete"),

		"POST /v2/workspace": fromOrganization("workspace:create"),
		"POST /v1/projects":  fromOrganization("workspace:create"),
		"GET /v1/projects":   fromOrganization(),
	}
	addAuth(all)
	addProjects(all)
	return all
}

// addAuth has the auth methods, and the credentials that they make.
func addAuth(all map[string]Access) {
	attached := methodPath(api.MethodUniversalAuth)
	issued := "/v1/auth/token-auth/tokens/{tokenId}"
	for _, method := range iam.Methods {
		path := methodPath(method.Name)
		if method.Login {
			all["POST /v1/auth/"+method.Name+"/login"] = fromAnybody()
		}
		if method.Lockouts {
			all["POST "+path+"/clear-lockouts"] = fromOrganization("identity:edit")
		}
		all["POST "+path], all["PATCH "+path] = fromOrganization("identity:edit-auth"), fromOrganization("identity:edit-auth")
		all["GET "+path], all["DELETE "+path] = fromOrganization("identity:read"), fromOrganization("identity:edit", "identity:revoke-auth")
	}
	for route, needs := range map[string][]string{
		"POST /v1/auth/token-auth/identities/{identityId}/tokens": {"identity:create", "identity:create-token"},
		"GET /v1/auth/token-auth/identities/{identityId}/tokens":  {"identity:read", "identity:get-token"},
		"GET " + issued:                                                {"identity:read", "identity:get-token"},
		"PATCH " + issued:                                              {"identity:edit", "identity:create-token"},
		"POST " + issued + "/revoke":                                   {"identity:edit"},
		"POST " + attached + "/client-secrets":                         {"identity:create", "identity:create-token"},
		"GET " + attached + "/client-secrets":                          {"identity:read", "identity:get-token"},
		"GET " + attached + "/client-secrets/{clientSecretId}":         {"identity:read", "identity:get-token"},
		"POST " + attached + "/client-secrets/{clientSecretId}/revoke": {"identity:delete", "identity:delete-token"},
	} {
		all[route] = fromOrganization(needs...)
	}
}

// addProjects adds the routes of projects and of everything in them.
func addProjects(all map[string]Access) {
	maps.Copy(all, map[string]Access{
		"GET /v1/projects/slug/{project}":                                  fromProject(),
		"GET /v1/projects/roles/{roleId}":                                  fromProject("role:read"),
		"GET /v1/workspace/environments/{environmentId}":                   fromProject("environments:read"),
		"GET /v1/projects/{project}/environments/slug/{slug}":              fromProject("environments:read"),
		"POST /v1/projects/{project}/environments/{environmentId}/restore": fromProject("environments:create"),
		"GET /v2/workspace/identity-memberships/{membershipId}":            fromProject("identity:read"),
		"POST /v2/identity-project-additional-privilege":                   fromProject("identity:edit"),
		"GET /v2/identity-project-additional-privilege":                    fromProject("identity:read"),
		"GET /v2/identity-project-additional-privilege/{id}":               fromProject("identity:read"),
		"PATCH /v2/identity-project-additional-privilege/{id}":             fromProject("identity:edit"),
		"DELETE /v2/identity-project-additional-privilege/{id}":            fromProject("identity:edit"),

		"POST /v1/additional-privilege/identity/permanent": fromProject("identity:edit"),
		"POST /v1/additional-privilege/identity/temporary": fromProject("identity:edit"),
		"PATCH /v1/additional-privilege/identity":          fromProject("identity:edit"),
		"DELETE /v1/additional-privilege/identity":         fromProject("identity:edit"),
		"GET /v1/additional-privilege/identity":            fromProject("identity:read"),
		"GET /v1/additional-privilege/identity/{slug}":     fromProject("identity:read"),
	})
	for _, prefix := range []string{"/v1/workspace", "/v2/workspace", "/v1/projects"} {
		path := prefix + "/{project}"
		all["GET "+path], all["PATCH "+path], all["DELETE "+path] = fromProject(), fromProject("settings:edit"), fromProject("workspace:delete")
		addCRUD(all, path+"/roles", "/{roleId}", "role")
		delete(all, "GET "+path+"/roles/{roleId}")
		all["GET "+path+"/roles"], all["GET "+path+"/roles/slug/{slug}"] = fromProject("role:read"), fromProject("role:read")
		if prefix != "/v2/workspace" {
			addCRUD(all, path+"/environments", "/{environmentId}", "environments")
		}
	}
	addMembers(all, "/v1/projects/{project}/memberships/identities")
	folders := "/v1/projects/{project}/memberships/identities/{identityId}/secret-folder-access"
	for _, method := range []string{"POST ", "PATCH ", "DELETE "} {
		all[method+folders] = fromProject("secret-folders:manage-access")
	}
	all["GET "+folders] = fromProject("identity:read")
	all["GET /v1/projects/{project}/memberships/secret-folder-access/identities"] = fromProject("secret-folders:manage-access")
	addMembers(all, "/v2/workspace/{project}/identity-memberships")
	all["GET /v2/workspace/{project}/identity-memberships"] = fromProject("identity:read")
	addCRUD(all, "/v1/projects/{project}/identities", "/{identityId}", "identity")
	all["GET /v1/projects/{project}/identities"] = fromProject("identity:read")
}

// routePermissions is the table that the description of the API quotes.
var routePermissions = Permissions()

func addCRUD(all map[string]Access, path, one, subject string) {
	all["POST "+path] = fromProject(subject + ":create")
	all["GET "+path+one] = fromProject(subject + ":read")
	all["PATCH "+path+one] = fromProject(subject + ":edit")
	all["DELETE "+path+one] = fromProject(subject + ":delete")
}

func addMembers(all map[string]Access, path string) {
	addCRUD(all, path, "/{identityId}", "identity")
	delete(all, "POST "+path)
	all["POST "+path+"/{identityId}"] = fromProject("identity:create")
}

// RouteOf returns the route for a path below api.Prefix, as "METHOD /path", or "" for none.
func RouteOf(method, path string) string {
	mux, found := chi.NewMux(), chi.NewRouteContext()
	for route := range Permissions() {
		on, pattern, _ := strings.Cut(route, " ")
		mux.MethodFunc(on, pattern, http.NotFound)
	}
	if !mux.Match(found, method, path) {
		return ""
	}
	return method + " " + found.RoutePattern()
}
