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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ProjectListResource defines the list resource machineid_project.
var ProjectListResource = crud.List[projectModel, struct{}]{
	Of:     projectResource,
	Schema: projectListSchema,
	Each: func(ctx context.Context, c *client.Client, _ *struct{}) iter.Seq2[crud.ListRow[projectModel], error] {
		return crud.Rows(crud.Each(c.FullProjects(ctx)), func(p api.Project) crud.ListRow[projectModel] {
			return crud.ListRow[projectModel]{Name: p.Name + " (" + p.Slug + ")", Fill: func(m *projectModel) { m.ID = types.StringValue(p.ID) }}
		})
	},
}

func projectListSchema() schema.Schema {
	return schema.Schema{MarkdownDescription: "Lists the projects that the provider's identity is a member of."}
}
