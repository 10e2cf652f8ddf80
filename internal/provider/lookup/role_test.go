// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package lookup

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestUnknownRole(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": "deployer", "name": "Deployer", "permissions": []any{}})
	c, err := client.New(client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken)})
	if err != nil {
		t.Fatal(err)
	}
	PlanRole(c, project.ID, "planned")
	for _, tc := range []struct{ project, slug, want string }{
		{project.ID, "deployer", ""},
		{project.ID, "viewer", ""},
		{project.ID, "planned", ""},
		{project.ID, "other", `There is no role "other" in project ` + project.ID + ". The apply fails"},
		{project.ID, "deploier", `Did you mean "deployer"?`},
		{"", "planned", `There is no role "planned" in the organization.`},
		{"", "membr", `Did you mean "member"?`},
		{"6f1d2a34-0000-4000-8000-000000000000", "viewer", ""}, // its roles cannot be listed
	} {
		var diags diag.Diagnostics
		WarnUnknownRole(t.Context(), c, tc.project, tc.slug, path.Root("role"), &diags)
		switch {
		case (tc.want == "") != (len(diags) == 0):
			t.Errorf("%+v: %v", tc, diags)
		case tc.want != "" && (diags.HasError() || !strings.Contains(diags[0].Detail(), tc.want)):
			t.Errorf("%+v: %v", tc, diags)
		}
	}
}

func TestMissingRole(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	c, err := client.New(client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken)})
	if err != nil {
		t.Fatal(err)
	}
	notFound, denied := &client.Error{Status: http.StatusNotFound}, &client.Error{Status: http.StatusForbidden}
	if err := MissingRole(t.Context(), c, project.ID, []string{"viewer", "viewr"}, notFound); err == nil || !strings.Contains(client.Explain(err), `Did you mean "viewer"?`) {
		t.Errorf("%v", err)
	}
	for _, tc := range []struct {
		slug string
		err  error
	}{{"viewer", notFound}, {"viewr", denied}, {"viewr", nil}, {"viewr", errors.New("other")}} {
		if err := MissingRole(t.Context(), c, project.ID, []string{tc.slug}, tc.err); err != nil {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}
