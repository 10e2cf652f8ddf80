// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestOfficialProvider sends what the official provider sends of projects, roles, memberships,
// environments, privileges and identities of projects, with the keys that it adds and the zeros that it
// leaves in. The responses must have every field that it reads.
func TestOfficialProvider(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	const post, get, patch, remove = http.MethodPost, http.MethodGet, http.MethodPatch, http.MethodDelete
	const never, then = "0001-01-01T00:00:00Z", "2030-01-01T00:00:00.5Z"
	known := map[string]string{}
	fill := func(v string) string {
		for name, value := range known {
			v = strings.ReplaceAll(v, "<"+name+">", value)
		}
		return v
	}
	var filled func(v any) any
	filled = func(v any) any {
		switch v := v.(type) {
		case string:
			return fill(v)
		case object:
			out := object{}
			for key, field := range v {
				out[key] = filled(field)
			}
			return out
		case []object:
			out := make([]any, len(v))
			for n := range v {
				out[n] = filled(v[n])
			}
			return out
		}
		return v
	}
	known["identity"] = s.NewIdentity(t, "no-access", nil).ID
	project := []string{"id", "name", "slug", "autoCapitalization", "orgId", "createdAt", "updatedAt", "version"}
	inside := func(field string, fields ...string) (all []string) {
		for _, f := range fields {
			all = append(all, field+" "+f)
		}
		return all
	}
	role := inside("role", "id", "name", "slug", "description", "permissions")
	permanent := object{"role": "viewer", "isTemporary": false, "temporaryMode": "", "temporaryRange": "", "temporaryAccessStartTime": never}
	temporary := object{"role": "reader", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": then}
	member := object{"projectId": "<project>", "identityId": "<identity>", "roles": []object{permanent, temporary}}
	ref := object{"projectSlug": "<slug>", "identityId": "<identity>", "privilegeSlug": "extra"}
	secrets := object{"actions": []string{"read", "edit"}, "subject": "secrets", "conditions": object{"environment": "dev", "secretPath": object{"$glob": "/**"}}}
	privilege := inside("privilege", "id", "slug", "projectMembershipId", "isTemporary", "permissions", "createdAt", "updatedAt")
	window := inside("privilege", "temporaryMode", "temporaryRange", "temporaryAccessStartTime", "temporaryAccessEndTime")
	membership := inside("identityMembership", "id", "identityId", "identity name", "identity id", "identity authMethods", "roles 0 id", "roles 0 role", "roles 0 isTemporary",
		"roles 1 customRoleSlug", "roles 1 customRoleId", "roles 1 temporaryMode", "roles 1 temporaryRange", "roles 1 temporaryAccessStartTime", "roles 1 temporaryAccessEndTime")
	environment := inside("environment", "id", "name", "slug", "position")
	v2 := []object{{"action": []string{"read"}, "subject": "role", "inverted": false, "conditions": nil}, {"action": []string{"readValue"}, "subject": "secrets", "inverted": true, "conditions": object{"environment": object{"$in": []string{"prod"}}}}}
	for _, c := range []struct {
		method, path string
		body         any
		reads        []string
		keep         string // name of what is kept of the answer, and where it stands
	}{
		{post, "/v2/workspace", object{"projectName": "Official", "slug": "", "organizationSlug": "org"}, inside("project", project...), "project=project id"},
		{get, "/v1/workspace/<project>", nil, append(inside("workspace", project...), inside("workspace", "environments 0 id", "environments 0 name", "environments 0 slug")...), "slug=workspace slug"},
		{get, "/v2/workspace/<slug>", nil, append(project, "environments 0 id"), ""},
		{patch, "/v2/workspace/<slug>", object{"slug": "<slug>", "name": "Renamed"}, project, ""},
		{post, "/v1/workspace/<slug>/roles", object{"projectSlug": "<slug>", "slug": "first", "name": "First", "description": "", "permissions": []object{{"action": "read", "subject": "member"}, {"action": "create", "subject": "secrets", "conditions": object{"environment": "dev"}}}}, role, "first=role id"},
		{get, "/v1/workspace/<slug>/roles/slug/first", nil, role, ""},
		{patch, "/v1/workspace/<slug>/roles/<first>", object{"projectSlug": "<slug>", "roleId": "<first>", "slug": "first", "name": "First", "description": "d", "permissions": []object{{"action": "read", "subject": "member"}}}, role, ""},
		{remove, "/v1/workspace/<slug>/roles/<first>", object{"projectSlug": "<slug>", "roleId": "<first>"}, role, ""},
		{post, "/v2/workspace/<project>/roles", object{"ProjectId": "<project>", "slug": "reader", "name": "Reader", "description": "", "permissions": v2}, role, "reader=role id"},
		{get, "/v2/workspace/<project>/roles/slug/reader", nil, role, ""},
		{get, "/v1/projects/roles/<reader>", nil, role, ""},
		{patch, "/v2/workspace/<project>/roles/<reader>", object{"ProjectId": "<project>", "RoleId": "<reader>", "slug": "reader", "name": "Reader", "description": "", "permissions": v2}, role, ""},
		{post, "/v1/organization/roles", object{"slug": "official", "name": "Official", "description": "", "permissions": []object{{"action": []string{"read"}, "subject": "identity"}}}, role, "organizationRole=role id"},
		{get, "/v1/organization/roles/slug/official", nil, role, ""},
		{get, "/v1/organization/roles/<organizationRole>", nil, role, ""},
		{patch, "/v1/organization/roles/<organizationRole>", object{"RoleId": "<organizationRole>", "slug": "official", "name": "Official", "description": "", "permissions": []object{}}, role, ""},
		{remove, "/v1/organization/roles/<organizationRole>", nil, role, ""},
		{post, "/v2/workspace/<project>/identity-memberships/<identity>", member, inside("identityMembership", "id", "identityId"), "membership=identityMembership id"},
		{get, "/v2/workspace/<project>/identity-memberships/<identity>", nil, membership, ""},
		{get, "/v2/workspace/identity-memberships/<membership>", nil, membership, ""},
		{patch, "/v2/workspace/<project>/identity-memberships/<identity>", member, []string{"roles 0 id", "roles 0 projectMembershipId", "roles 1 customRoleId", "roles 1 temporaryAccessEndTime", "roles 1 createdAt", "roles 1 updatedAt"}, ""},
		{post, "/v1/additional-privilege/identity/permanent", object{"projectSlug": "<slug>", "identityId": "<identity>", "slug": "extra", "privilegePermission": secrets}, privilege, ""},
		{get, "/v1/additional-privilege/identity/extra?projectSlug=<slug>&identityId=<identity>", nil, privilege, ""},
		{patch, "/v1/additional-privilege/identity", with(ref, "privilegeDetails", object{"slug": "extra", "privilegePermission": secrets, "isTemporary": false, "temporaryAccessStartTime": never}), privilege, ""},
		{patch, "/v1/additional-privilege/identity", with(ref, "privilegeDetails", object{"slug": "extra", "privilegePermission": secrets, "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": then}), append(privilege, window...), ""},
		{remove, "/v1/additional-privilege/identity", ref, privilege, ""},
		{post, "/v1/additional-privilege/identity/temporary", with(object{"projectSlug": "<slug>", "identityId": "<identity>", "slug": "extra", "privilegePermission": secrets}, "temporaryMode", "relative", "temporaryRange", "1h", "temporaryAccessStartTime", then), append(privilege, window...), ""},
		{remove, "/v1/additional-privilege/identity", ref, privilege, ""},
		{remove, "/v2/workspace/<project>/identity-memberships/<identity>", object{"projectId": "<project>", "identityId": "<identity>"}, inside("identityMembership", "id", "identityId"), ""},
		{post, "/v1/workspace/<project>/environments", object{"name": "QA", "slug": "qa", "workspaceId": "<project>"}, environment, "environment=environment id"},
		{get, "/v1/workspace/environments/<environment>", nil, environment, ""},
		{get, "/v1/workspace/<project>/environments/<environment>", nil, environment, ""},
		{patch, "/v1/workspace/<project>/environments/<environment>", object{"ID": "<environment>", "ProjectID": "<project>", "name": "QA", "slug": "qa2", "position": 2}, environment, ""},
		{remove, "/v1/workspace/<project>/environments/<environment>", object{"id": "<environment>", "workspaceId": "<project>"}, environment, ""},
		{post, "/v1/projects/<project>/identities", object{"name": "own", "hasDeleteProtection": false, "metadata": []object{{"key": "k", "value": "v"}}, "roles": []object{permanent}}, inside("identity", "id", "name", "orgId", "projectId", "hasDeleteProtection", "authMethods", "metadata 0 key", "createdAt", "updatedAt"), "own=identity id"},
		{get, "/v1/projects/<project>/identities/<own>", nil, inside("identity", "id", "name", "hasDeleteProtection", "authMethods", "metadata 0 value"), ""},
		{get, "/v1/projects/<project>/identities?limit=1000&offset=0&search=ow", nil, []string{"identities 0 id", "identities 0 name", "totalCount"}, ""},
		{patch, "/v1/projects/<project>/identities/<own>", object{"name": "own", "hasDeleteProtection": false, "metadata": []object{}}, inside("identity", "id", "name", "hasDeleteProtection", "authMethods"), ""},
		{patch, "/v1/projects/<project>/memberships/identities/<own>", object{"roles": []object{permanent, temporary}}, nil, ""},
		{get, "/v1/projects/<project>/memberships/identities/<own>", nil, inside("identityMembership", "id", "identity id", "roles 0 role", "roles 1 customRoleSlug", "roles 1 temporaryRange"), ""},
		{remove, "/v1/projects/<project>/identities/<own>", nil, inside("identity", "id"), ""},
		{remove, "/v2/workspace/<project>/roles/<reader>", nil, role, ""},
		{remove, "/v2/workspace/<slug>", nil, project, ""},
	} {
		a := s.Call(t, c.method, fill(c.path), s.Admin.AccessToken, filled(c.body))
		if a.Status != http.StatusOK {
			t.Errorf("%s %s: %d %v", c.method, c.path, a.Status, a.Body)
			continue
		}
		for _, field := range c.reads {
			if found(a.Body, strings.Fields(field)) == nil {
				t.Errorf("%s %s: there is no %s in %v", c.method, c.path, field, a.Body)
			}
		}
		if name, field, kept := strings.Cut(c.keep, "="); kept {
			known[name], _ = found(a.Body, strings.Fields(field)).(string)
		}
	}
}

// found walks into objects by their fields, and into lists by "0" or "1".
func found(v any, path []string) any {
	for _, step := range path {
		switch within := v.(type) {
		case object:
			v = within[step]
		case []any:
			if n := int(step[0] - '0'); n < len(within) {
				v = within[n]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return v
}
