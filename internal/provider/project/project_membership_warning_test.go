// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestOwnMembershipIsLeftWithAWarning, as no CLI lets a test see warnings.
func TestOwnMembershipIsLeftWithAWarning(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	c, err := client.New(client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken)})
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.CallerID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := NewProjectMembershipResource().(projectMembership)
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: c}, &resource.ConfigureResponse{})
	state := tfsdk.State{Schema: projectMembershipSchema()}
	if diags := state.Set(t.Context(), &projectMembershipModel{
		memberModel: memberModel{types.StringValue("m"), types.StringValue(project.ID), types.StringValue(own)},
		Roles:       []memberRoleModel{{Slug: types.StringValue("admin")}},
	}); diags.HasError() {
		t.Fatal(diags)
	}
	resp := resource.DeleteResponse{State: state}
	r.Delete(t.Context(), resource.DeleteRequest{State: state}, &resp)
	if resp.Diagnostics.HasError() || resp.Diagnostics.WarningsCount() != 1 {
		t.Errorf("%v", resp.Diagnostics)
	}
	if _, err := c.ProjectMember(t.Context(), project.ID, own); err != nil {
		t.Errorf("the membership has gone: %v", err)
	}
}

// TestAdoptExisting checks that an existing membership is adopted only if the configuration says so, with a
// warning of the roles that it had.
func TestAdoptExisting(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "viewer", "no-access")
	c, err := client.New(client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken)})
	if err != nil {
		t.Fatal(err)
	}
	r := NewProjectMembershipResource().(projectMembership)
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: c}, &resource.ConfigureResponse{})
	create := func(adopts types.Bool) resource.CreateResponse {
		var described resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &described)
		plan := tfsdk.Plan{Schema: described.Schema, Raw: tftypes.NewValue(described.Schema.Type().TerraformType(t.Context()), nil)}
		for name, value := range map[string]any{
			"project_id": project.ID, "identity_id": identity.ID, "adopt_existing": adopts, "role": []memberRoleModel{{Slug: types.StringValue("member")}},
		} {
			if diags := plan.SetAttribute(t.Context(), path.Root(name), value); diags.HasError() {
				t.Fatal(diags)
			}
		}
		resp := resource.CreateResponse{State: tfsdk.State{Schema: described.Schema, Raw: plan.Raw}}
		r.Create(t.Context(), resource.CreateRequest{Plan: plan}, &resp)
		return resp
	}
	for _, adopts := range []types.Bool{types.BoolNull(), types.BoolValue(false)} {
		if resp := create(adopts); !resp.Diagnostics.HasError() {
			t.Errorf("adopt_existing = %s: %v", adopts, resp.Diagnostics)
		}
	}
	resp := create(types.BoolValue(true))
	if resp.Diagnostics.HasError() || resp.Diagnostics.WarningsCount() != 1 || !strings.Contains(resp.Diagnostics[0].Detail(), "viewer") {
		t.Errorf("%v", resp.Diagnostics)
	}
	found, err := c.ProjectMember(t.Context(), project.ID, identity.ID)
	if err != nil || shownMemberRoles(found.Roles) != "member" {
		t.Errorf("%+v, %v", found.Roles, err)
	}
}
