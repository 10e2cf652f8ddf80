// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

var projectIdentityResource = crud.Resource[projectIdentityModel]{
	Name:   "project_identity",
	Schema: projectIdentitySchema,
	Create: createProjectIdentity, Read: readProjectIdentity, Update: updateProjectIdentity, Delete: deleteProjectIdentity,
	Import:  []string{"project_id", "id"},
	Moves:   crud.MovesFromOfficial("project_scoped_identity", map[string]string{"id": "id", "project_id": "project_id"}, nil),
	Fields:  map[string]path.Path{"hasDeleteProtection": path.Root("delete_protection")},
	Feature: &client.ProjectIdentities,
}

type projectIdentityModel struct {
	ID               types.String            `tfsdk:"id"`
	ProjectID        types.String            `tfsdk:"project_id"`
	Name             types.String            `tfsdk:"name"`
	Metadata         map[string]types.String `tfsdk:"metadata"`
	DeleteProtection types.Bool              `tfsdk:"delete_protection"`
}

func projectIdentitySchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A [machine identity](https://infisical.com/docs/documentation/platform/identities/machine-identities) of one project. It is managed with permissions in that project alone, cannot join another project, and is deleted with the project. " +
			"It is a member of its project from its creation, with the role `no-access`. `machineid_project_membership` sets its roles. " +
			"It needs an auth method to log in, such as `machineid_universal_auth`.",
		Attributes: map[string]schema.Attribute{
			"id":                attribute.ComputedOnce("ID of the identity."),
			"project_id":        attribute.ProjectID("A change replaces the identity."),
			"name":              attribute.Name(255),
			"metadata":          metadataAttribute(),
			"delete_protection": crud.DeleteProtectionAttribute("identity"),
		},
	}
}

func createProjectIdentity(ctx context.Context, c *client.Client, m *projectIdentityModel) error {
	made, err := c.CreateProjectIdentity(ctx, m.ProjectID.ValueString(), api.CreateProjectIdentityRequest{
		Name: m.Name.ValueString(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer(), Metadata: new(metadataPairs(m.Metadata)),
	})
	if err == nil {
		m.ID = types.StringValue(made.ID)
	}
	return err
}

// readProjectIdentity reads metadata if the state has any. After an import, project and identity may be
// names, and metadata is read.
func readProjectIdentity(ctx context.Context, c *client.Client, m *projectIdentityModel) error {
	project, id, read := m.ProjectID.ValueString(), m.ID.ValueString(), func(ctx context.Context, project, id string) (api.Identity, error) {
		return c.ProjectIdentityFromListing(ctx, project, id, m.Metadata != nil)
	}
	if m.Name.IsNull() {
		var err error
		if project, id, err = lookup.ProjectMember(ctx, c, project, id); err != nil {
			return err
		}
		m.ProjectID = types.StringValue(project)
		read = c.ProjectIdentity
	}
	found, err := read(ctx, project, id)
	if err == nil {
		m.read(found)
	}
	return err
}

func updateProjectIdentity(ctx context.Context, c *client.Client, prior, m *projectIdentityModel) error {
	body := api.UpdateProjectIdentityRequest{Name: m.Name.ValueStringPointer(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer()}
	body.Metadata = changedMetadata(prior.Metadata, m.Metadata)
	_, err := c.UpdateProjectIdentity(ctx, m.ProjectID.ValueString(), m.ID.ValueString(), body)
	return err
}

func deleteProjectIdentity(ctx context.Context, c *client.Client, m *projectIdentityModel) error {
	project, id := m.ProjectID.ValueString(), m.ID.ValueString()
	return crud.OrProtected(c.DeleteProjectIdentity(ctx, project, id), "identity", func() *bool {
		found, _ := c.ProjectIdentity(ctx, project, id) // false where it cannot be read
		return found.HasDeleteProtection
	})
}

// NewProjectIdentityResource returns the resource machineid_project_identity.
func NewProjectIdentityResource() resource.Resource {
	return metadataResource[projectIdentityModel]{
		crud.NewProtected(projectIdentityResource.Adapter(), "identity"),
		func(ctx context.Context, c *client.Client, state func(string) string) ([]api.Metadata, error) {
			found, err := c.ProjectIdentity(ctx, state("project_id"), state("id"))
			return found.Metadata, err
		},
	}
}

// read sets the model from a response.
func (m *projectIdentityModel) read(answer api.Identity) {
	m.ID = types.StringValue(answer.ID)
	m.Name = types.StringValue(answer.Name)
	m.DeleteProtection = types.BoolPointerValue(answer.HasDeleteProtection)
	m.Metadata = returnedMetadata(answer.Metadata, m.Metadata)
}
