// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestFreePlan refuses what the plan does not include, and keeps what was made under another plan.
func TestFreePlan(t *testing.T) {
	t.Parallel()
	database := servertest.NewDatabase(t)
	before := servertest.StartWith(t, servertest.Options{Database: database})
	p := before.NewProject(t)
	role := object{"slug": "custom-one", "name": "Custom", "permissions": []object{{"subject": "identity", "action": []string{"read"}}}}
	made := before.AsAdmin(t, http.MethodPost, "/v1/organization/roles", role).Text("role", "id")
	before.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", role)
	i := before.NewIdentity(t, "custom-one", object{})
	before.Join(t, p, i.ID, "viewer")
	stranger := before.NewIdentity(t, "no-access", nil).ID

	s := servertest.StartWith(t, servertest.Options{Database: database, Plan: iam.PlanFree})
	admin := s.Login(t, before.Admin.ClientID, before.Admin.ClientSecret).Text("accessToken")
	other := object{"slug": "other", "name": "Other", "permissions": []object{}}
	local := object{"accessTokenTrustedIps": []object{{"ipAddress": "127.0.0.0/8"}}}
	member, attached := "/v1/projects/"+p.ID+"/memberships/identities/"+i.ID, "/v1/auth/universal-auth/identities/"+i.ID
	folder := object{"environmentSlug": "dev", "secretPath": "/", "permission": "read", "type": object{"isTemporary": false}}
	for _, refused := range []struct {
		method, path string
		body         object
		words        string
	}{
		{http.MethodPost, "/v1/organization/roles", other, "plan RBAC restriction"},
		{http.MethodPatch, "/v1/organization/roles/" + made, object{"name": "Renamed"}, "plan RBAC restriction"},
		{http.MethodPost, "/v1/projects/" + p.ID + "/roles", other, "plan RBAC restriction"},
		{http.MethodPatch, "/v1/identities/" + i.ID, object{"role": "custom-one"}, "plan RBAC restriction"},
		{http.MethodPatch, member, object{"roles": []object{{"role": "custom-one"}}}, "plan RBAC restriction"},
		{http.MethodPost, "/v1/identities", object{"name": "x", "organizationId": before.Admin.OrganizationID, "role": "custom-one"}, "plan RBAC restriction"},
		{http.MethodPost, "/v1/projects/" + p.ID + "/memberships/identities/" + stranger, object{"roles": []object{{"role": "custom-one"}}}, "plan RBAC restriction"},
		{http.MethodPost, "/v1/projects/" + p.ID + "/identities", object{"name": "x", "roles": []object{{"role": "custom-one"}}}, "plan RBAC restriction"},
		{http.MethodPatch, attached, local, "add IP access range"},
		{http.MethodPatch, attached, object{"clientSecretTrustedIps": []object{{"ipAddress": "10.0.0.1"}}}, "add IP access range"},
		{http.MethodPost, "/v1/auth/token-auth/identities/" + i.ID, local, "add IP access range"},
		{http.MethodPost, member + "/secret-folder-access", folder, "plan restriction"},
		{http.MethodGet, member + "/secret-folder-access", nil, "plan restriction"},
	} {
		var body any
		if refused.body != nil {
			body = refused.body
		}
		response := s.Call(t, refused.method, refused.path, admin, body)
		if want(t, refused.path, response, 400, "BadRequest"); !strings.Contains(response.Text("message"), refused.words) {
			t.Errorf("%s %s: %q", refused.method, refused.path, response.Text("message"))
		}
	}
	all := object{"accessTokenTrustedIps": []object{{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}}}
	for path, body := range map[string]object{attached: all, "/v1/identities/" + i.ID: {"role": "member"}, member: {"roles": []object{{"role": "member"}}}} {
		want(t, path, s.Call(t, http.MethodPatch, path, admin, body), 200, "")
	}
	privilege := object{"identityId": i.ID, "projectId": p.ID, "permissions": []object{}, "type": object{"isTemporary": false}}
	want(t, "an additional privilege", s.Call(t, http.MethodPost, privileges, admin, privilege), 200, "")
	want(t, "reading a role", s.Call(t, http.MethodGet, "/v1/organization/roles/"+made, admin, nil), 200, "")
	want(t, "deleting a role", s.Call(t, http.MethodDelete, "/v1/organization/roles/"+made, admin, nil), 200, "")
}
