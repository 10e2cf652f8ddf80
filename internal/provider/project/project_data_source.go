// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// ProjectDataSource defines the data source machineid_project.
var ProjectDataSource = crud.DataSource[projectAttributes]{
	Name:   "project",
	Schema: projectLookupSchema,
	Read:   lookUpProject,
}

func projectLookupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a project that the identity of the provider is a member of, by its ID, its slug or its name. Names are not unique: no project of the name, or several, is an error that says which.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "ID of the project. Give one of `id`, `slug` and `name`.",
				Validators:          []validator.String{attribute.IDsOr("To find the project by its name or its slug, set name or slug in place of id."), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("slug"), path.MatchRoot("name"))},
			},
			"slug": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Slug of the project, unique in the organisation. Give one.",
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug()},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of the project, letter for letter. Give one.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
			},
			"description":       attribute.ComputedText("What the project is for."),
			"type":              attribute.ComputedText("What the project is made for, such as `secret-manager`."),
			"delete_protection": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the server refuses to delete it. `false` where the server is too old to know."},
			"environments": schema.ListAttribute{
				Computed: true, ElementType: environmentType,
				MarkdownDescription: "Its environments in their order, each with `id`, `name` and `slug`.",
			},
		},
	}
}

func lookUpProject(ctx context.Context, c *client.Client, m *projectAttributes) error {
	var found api.Project
	var err error
	switch {
	case !m.Slug.IsNull():
		found, err = c.ProjectBySlug(ctx, m.Slug.ValueString())
	case !m.ID.IsNull():
		found, err = c.ProjectByID(ctx, m.ID.ValueString())
	default:
		var id string
		if id, err = projectIDByName(ctx, c, m.Name.ValueString()); err == nil {
			found, err = c.ProjectByID(ctx, id)
		}
	}
	if err != nil {
		return err
	}
	m.read(found)
	return nil
}

// projectIDByName returns the ID of the only project with the name.
func projectIDByName(ctx context.Context, c *client.Client, name string) (string, error) {
	list, err := c.Projects(ctx)
	if err != nil {
		return "", err
	}
	var candidates []lookup.Candidate
	for _, project := range list {
		if project.Name == name {
			candidates = append(candidates, lookup.Candidate{ID: project.ID, Shown: " (" + project.Slug + ")"})
		}
	}
	return lookup.Only(candidates, fmt.Sprintf("project with the name %q among the %d that the identity of the provider is a member of", name, len(list)))
}
