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
		MarkdownDescription: "Finds a [project](https://infisical.com/docs/documentation/platform/project) that the provider's identity is a member of, by its ID, slug or name. Names are not unique: if no project or more than one has the name, the error lists them.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "ID of the project. Give exactly one of `id`, `slug` and `name`.",
				Validators:          []validator.String{attribute.IDsOr("To find the project by its name or its slug, set name or slug in place of id."), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("slug"), path.MatchRoot("name"))},
			},
			"slug": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Slug of the project, unique in the organization. Give exactly one of `id`, `slug` and `name`.",
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug()},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Exact name of the project. Give exactly one of `id`, `slug` and `name`.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
			},
			"description":       attribute.ComputedText("Description of the project."),
			"type":              attribute.ComputedText("Product that the project is for, such as `secret-manager`."),
			"delete_protection": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the server rejects the deletion of the project. `false` on servers without delete protection."},
			"environments": schema.ListAttribute{
				Computed: true, ElementType: environmentType,
				MarkdownDescription: "Environments in their order, each with `id`, `name` and `slug`.",
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
