// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var projectMembershipListResource = crud.List[projectMembershipModel, inProject]{
	Of:     projectMembershipResource,
	Schema: projectMembershipListSchema,
	Each: func(ctx context.Context, c *client.Client, config *inProject) iter.Seq2[crud.ListRow[projectMembershipModel], error] {
		return crud.Rows(c.EachProjectMember(ctx, config.ProjectID.ValueString()), func(found api.Member) crud.ListRow[projectMembershipModel] {
			return crud.ListRow[projectMembershipModel]{Name: found.Identity.Name, Fill: func(m *projectMembershipModel) {
				m.ID, m.ProjectID, m.IdentityID = types.StringValue(found.ID), config.ProjectID, types.StringValue(found.Identity.ID)
			}}
		})
	},
}

// inProject says where to look.
type inProject struct {
	ProjectID types.String `tfsdk:"project_id"`
}

func projectMembershipListSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Finds the memberships of identities in a project.",
		Attributes:          inProjectAttributes(),
	}
}

func inProjectAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{"project_id": schema.StringAttribute{
		Required: true, MarkdownDescription: "ID of the project.", Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}}
}
