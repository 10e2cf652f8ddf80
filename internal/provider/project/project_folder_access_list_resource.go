// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// FolderAccessListResource defines the list resource machineid_project_folder_access.
var FolderAccessListResource = crud.List[folderAccessModel, folderAccessFilter]{
	Of:     FolderAccessResource,
	Schema: folderAccessListSchema,
	Each: func(ctx context.Context, c *client.Client, config *folderAccessFilter) iter.Seq2[crud.ListRow[folderAccessModel], error] {
		return func(yield func(crud.ListRow[folderAccessModel], error) bool) {
			for member, err := range config.members(ctx, c) {
				if err != nil {
					yield(crud.ListRow[folderAccessModel]{}, err)
					return
				}
				list, err := c.FolderAccesses(ctx, config.ProjectID.ValueString(), member.Identity.ID)
				if err != nil {
					yield(crud.ListRow[folderAccessModel]{}, err)
					return
				}
				for _, found := range list {
					if !yield(folderAccessRow(config.ProjectID, member, found), nil) {
						return
					}
				}
			}
		}
	},
}

type folderAccessFilter struct {
	ProjectID  types.String `tfsdk:"project_id"`
	IdentityID types.String `tfsdk:"identity_id"`
}

// members iterates over the identities whose access is listed.
func (f *folderAccessFilter) members(ctx context.Context, c *client.Client) iter.Seq2[api.Member, error] {
	if f.IdentityID.IsNull() {
		return c.EachProjectMember(ctx, f.ProjectID.ValueString())
	}
	return func(yield func(api.Member, error) bool) {
		yield(c.ProjectMember(ctx, f.ProjectID.ValueString(), f.IdentityID.ValueString()))
	}
}

func folderAccessRow(project types.String, member api.Member, found api.FolderAccess) crud.ListRow[folderAccessModel] {
	return crud.ListRow[folderAccessModel]{
		Name: member.Identity.Name + " " + found.Environment + ":" + found.SecretPath,
		Fill: func(m *folderAccessModel) {
			m.ProjectID, m.IdentityID = project, types.StringValue(member.Identity.ID)
			m.Environment, m.SecretPath = types.StringValue(found.Environment), types.StringValue(found.SecretPath)
			m.read(found)
		},
	}
}

func folderAccessListSchema() schema.Schema {
	attributes := attribute.InProjectAttributes()
	attributes["identity_id"] = schema.StringAttribute{
		Optional: true, Validators: []validator.String{attribute.IdentityIDs()},
		MarkdownDescription: "ID of an identity. Default: all identities of the project, with one request each.",
	}
	return schema.Schema{
		MarkdownDescription: "Lists the access of identities to folders of a project.",
		Attributes:          attributes,
	}
}
