// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
		Roles:       []memberRoleModel{{Role: types.StringValue("admin")}},
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
