// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package project holds projects and the memberships of identities in them.
package project

import (
	"context"
	"math"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var projectResource = crud.Resource[projectModel]{
	Name:   "project",
	Schema: projectSchema,
	Create: createProject, Read: readProject, Update: updateProject, Delete: deleteProject,
	Import: []string{"id"},
	Moves:  crud.MovesFromOfficial("project", map[string]string{"id": "id"}, nil),
	Fields: map[string]path.Path{
		"projectName": path.Root("name"), "projectDescription": path.Root("description"), "hasDeleteProtection": path.Root("delete_protection"),
	},
	Requires: []crud.Requirement{
		{Attribute: path.Root("slug"), Feature: client.ProjectSlugChange, OnChange: true},
		{Attribute: path.Root("description"), Feature: client.ProjectDescription, Unless: types.StringValue("")},
		{Attribute: path.Root("type"), Feature: client.ProjectType, Unless: types.StringValue(api.SecretManager)},
		{Attribute: path.Root("delete_protection"), Feature: client.ProjectDeleteProtection, Unless: types.BoolValue(false)},
		{Attribute: path.Root("audit_logs_retention_days"), Feature: client.ProjectAuditLogRetention},
		{Attribute: path.Root("default_environments"), Feature: client.ProjectEnvironmentChoice, Unless: types.BoolValue(true)},
	},
}

type projectModel struct {
	projectAttributes
	DefaultEnvironments    types.Bool   `tfsdk:"default_environments"`
	AuditLogsRetentionDays types.Number `tfsdk:"audit_logs_retention_days"`
}

func projectSchema() schema.Schema {
	settled := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "A [project](https://infisical.com/docs/documentation/platform/project), which holds environments, secrets and memberships. The identity that the provider logs in as becomes an admin of it. `machineid_project_membership` can manage that membership, but not delete it. " +
			"Destroying a project deletes everything in it.",
		Attributes: map[string]schema.Attribute{
			"id":   attribute.ComputedOnce("ID of the project."),
			"name": attribute.Name(64),
			"slug": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: settled,
				MarkdownDescription: "Slug of the project, unique in the organization: lower-case letters, digits and single hyphens, 5 to 64 characters (on older servers to 36). Default: created by the server from the name and four random characters, and kept after that. Changed in place.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(5, 64), attribute.Slug()},
			},
			"description": attribute.Description("project", 1024, "Changed in place."),
			"type": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(api.SecretManager),
				MarkdownDescription: "Product that the project is for: `" + strings.Join(projectTypes, "`, `") + "`. Default: `secret-manager`. A change replaces the project.",
				Validators:          []validator.String{isProjectType{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"delete_protection": crud.DeleteProtectionAttribute("project"),
			"audit_logs_retention_days": schema.NumberAttribute{
				Optional: true, Computed: true, PlanModifiers: []planmodifier.Number{numberplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "Number of days for which the server keeps the audit log of the project, at most what its plan includes. Servers may store it without applying it. Default: the server's, shown as null. Changed in place.",
				Validators:          []validator.Number{attribute.WholeNumber(0, math.MaxInt32)},
			},
			"default_environments": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the project is created with the environments `dev`, `staging` and `prod`. Default: `true`. A change after the creation has no effect.",
			},
			"environments": schema.ListAttribute{
				Computed: true, ElementType: environmentType,
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "Environments in their order, each with `id`, `name` and `slug`.",
			},
		},
	}
}

func createProject(ctx context.Context, c *client.Client, m *projectModel) error {
	body := api.CreateProjectRequest{
		ProjectName: m.Name.ValueString(), ProjectDescription: m.Description.ValueStringPointer(), Type: m.Type.ValueStringPointer(),
		ShouldCreateDefaultEnvs: m.DefaultEnvironments.ValueBoolPointer(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer(),
	}
	if !m.Slug.IsUnknown() {
		body.Slug = m.Slug.ValueStringPointer()
	}
	made, err := c.CreateProject(ctx, body)
	if err != nil {
		return err
	}
	wanted := m.projectAttributes
	m.read(made)
	if err := wanted.checkStored(made); err != nil || m.AuditLogsRetentionDays.IsUnknown() {
		m.AuditLogsRetentionDays = days(made.AuditLogsRetentionDays)
		return err
	}
	_, err = c.UpdateProject(ctx, made.ID, api.UpdateProjectRequest{AuditLogsRetentionDays: new(attribute.Int64(m.AuditLogsRetentionDays))})
	return err
}

// days returns null for nil.
func days(n *int64) types.Number {
	if n == nil {
		return types.NumberNull()
	}
	return attribute.NewNumber(*n)
}

// readProject fetches the project by its ID or, after an import, by its slug.
func readProject(ctx context.Context, c *client.Client, m *projectModel) error {
	found, err := c.Project(ctx, m.ID.ValueString())
	if err != nil {
		return err
	}
	if m.DefaultEnvironments.IsNull() {
		m.DefaultEnvironments = types.BoolValue(len(found.Environments) > 0)
	}
	m.read(found)
	m.AuditLogsRetentionDays = days(found.AuditLogsRetentionDays)
	return nil
}

func updateProject(ctx context.Context, c *client.Client, prior, m *projectModel) error {
	body := api.UpdateProjectRequest{Name: m.Name.ValueStringPointer(), Description: m.Description.ValueStringPointer(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer()}
	if !m.Slug.Equal(prior.Slug) {
		body.Slug = m.Slug.ValueStringPointer()
	}
	if retention := m.AuditLogsRetentionDays; !retention.IsNull() && !retention.IsUnknown() && !retention.Equal(prior.AuditLogsRetentionDays) {
		body.AuditLogsRetentionDays = new(attribute.Int64(m.AuditLogsRetentionDays))
	}
	changed, err := c.UpdateProject(ctx, m.ID.ValueString(), body)
	if err != nil {
		return err
	}
	if m.AuditLogsRetentionDays.IsUnknown() {
		m.AuditLogsRetentionDays = days(changed.AuditLogsRetentionDays)
	}
	return m.checkStored(changed)
}

func deleteProject(ctx context.Context, c *client.Client, m *projectModel) error {
	id := m.ID.ValueString()
	return crud.OrProtected(c.DeleteProject(ctx, id), "project", func() *bool {
		found, _ := c.Project(ctx, id) // nil where it cannot be read
		return found.HasDeleteProtection
	})
}

// protectedProject also rejects a plan that replaces a protected project.
type protectedProject struct{ crud.Protected[projectModel] }

// NewProjectResource returns the resource machineid_project.
func NewProjectResource() resource.Resource {
	return protectedProject{crud.NewProtected(projectResource.Adapter(), "project")}
}

func (r protectedProject) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Protected.ModifyPlan(ctx, req, resp)
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return
	}
	var guarded types.Bool
	var before, after types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("delete_protection"), &guarded)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("type"), &before)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("type"), &after)...)
	if guarded.ValueBool() && !before.Equal(after) {
		resp.Diagnostics.AddError("The project is protected", client.Explain(crud.ErrProtected("project")))
	}
}
