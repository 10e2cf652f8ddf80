// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ProjectMembershipListResource defines the list resource machineid_project_membership.
var ProjectMembershipListResource = crud.List[projectMembershipModel, attribute.InProject]{
	Of:     projectMembershipResource,
	Schema: projectMembershipListSchema,
	Each: func(ctx context.Context, c *client.Client, config *attribute.InProject) iter.Seq2[crud.ListRow[projectMembershipModel], error] {
		return crud.Rows(c.EachProjectMember(ctx, config.ProjectID.ValueString()), func(found api.Member) crud.ListRow[projectMembershipModel] {
			return crud.ListRow[projectMembershipModel]{Name: found.Identity.Name, Fill: func(m *projectMembershipModel) {
				m.ID, m.ProjectID, m.IdentityID = types.StringValue(found.ID), config.ProjectID, types.StringValue(found.Identity.ID)
			}}
		})
	},
}

func projectMembershipListSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the memberships of identities in a project.",
		Attributes:          attribute.InProjectAttributes(),
	}
}
