// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestNoDescription: the description of a role may be null, which clears it. Contract: section 4.
func TestNoDescription(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	for _, path := range []string{"/v1/organization/roles", "/v1/projects/" + p.ID + "/roles", "/v2/workspace/" + p.ID + "/roles", "/v1/workspace/" + p.Slug + "/roles"} {
		made := s.AsAdmin(t, http.MethodPost, path, object{"slug": "none", "name": "None", "description": nil, "permissions": []object{}})
		one := path + "/" + made.Text("role", "id")
		if described := s.AsAdmin(t, http.MethodPatch, one, object{"description": "some"}); described.Text("role", "description") != "some" {
			t.Errorf("%s: %v", path, described.Body)
		}
		if kept := s.AsAdmin(t, http.MethodPatch, one, object{"name": "Else"}); kept.Text("role", "description") != "some" {
			t.Errorf("%s: a change of the name leaves %v", path, kept.Body)
		}
		if cleared := s.AsAdmin(t, http.MethodPatch, one, object{"description": nil}); cleared.At("role", "description") != "" {
			t.Errorf("%s: a null leaves %v", path, cleared.Body)
		}
		a := s.Call(t, http.MethodPatch, one, s.Admin.AccessToken, object{"description": 5})
		want(t, "a number", a, http.StatusUnprocessableEntity, "ValidationFailure")
		want(t, "a null for a name", s.Call(t, http.MethodPatch, one, s.Admin.AccessToken, object{"name": nil}), http.StatusUnprocessableEntity, "ValidationFailure")
		s.AsAdmin(t, http.MethodDelete, one, nil)
	}
}
