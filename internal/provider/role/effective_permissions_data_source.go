// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// EffectivePermissionsDataSource defines the data source machineid_effective_permissions.
var EffectivePermissionsDataSource = crud.DataSource[effectivePermissionsModel]{
	Name:   "effective_permissions",
	Schema: effectivePermissionsSchema,
	Read:   readEffectivePermissions,
}

type effectivePermissionsModel struct {
	IdentityID             types.String          `tfsdk:"identity_id"`
	ProjectID              types.String          `tfsdk:"project_id"`
	OrganizationPermission []effectivePermission `tfsdk:"organization_permission"`
	ProjectPermission      []effectivePermission `tfsdk:"project_permission"`
}

// effectivePermission is a rule with its source.
type effectivePermission struct {
	permissionModel
	Source    *permissionSource `tfsdk:"source"`
	ExpiresAt types.String      `tfsdk:"expires_at"`
}

type permissionSource struct {
	Kind types.String `tfsdk:"kind"`
	Slug types.String `tfsdk:"slug"`
	ID   types.String `tfsdk:"id"`
}

func effectivePermissionsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "The rules that apply to an identity now, in the organization and in a project: those of its roles, privileges and folder access, each with its source.\n\n" +
			"See the guide [Permissions](../guides/permissions) for subjects, actions and condition keys. " +
			"Temporary roles and privileges are included only during their window. In a project, templates such as `{{identity.metadata.team}}` are resolved, except those that refer to a login. " +
			"A request is allowed if some rule allows it and no rule denies it. In the folder of a `project_folder_access`, only its rules apply. The functions [`allows`](../functions/allows) and [`explain`](../functions/explain) accept the lists.\n\n" +
			"Requires the permission `read` on `identity` and on `role` in the organization and, with a project, also in the project.",
		Attributes: map[string]schema.Attribute{
			"identity_id": attribute.RequiredIdentityID("ID of the identity."),
			"project_id":  schema.StringAttribute{Optional: true, Validators: []validator.String{attribute.ProjectIDs()}, MarkdownDescription: "ID of a project. Default: only the rules of the organization are read."},
			"organization_permission": effectiveAttribute(
				"Rules of the identity's role in the organization."),
			"project_permission": effectiveAttribute(
				"Rules of the identity's roles, privileges and folder access in the project. Empty if the identity is not a member; null without `project_id`."),
		},
	}
}

func effectiveAttribute(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed: true, MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"subject":       attribute.ComputedText("Kind of object that the rule is about."),
			"actions":       schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Actions on the subject."},
			"effect":        attribute.ComputedText("`allow` or `deny`."),
			"allow_unknown": schema.BoolAttribute{Computed: true, MarkdownDescription: "`true` if this version of the provider does not know the subject, an action or a condition key; otherwise null."},
			"condition":     schema.SetAttribute{Computed: true, ElementType: conditionBlock().NestedObject.Type(), MarkdownDescription: "Conditions of the rule, with the names and types of `condition` blocks. Empty if there are none."},
			"source": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "Source of the rule.",
				Attributes: map[string]schema.Attribute{
					"kind": attribute.ComputedText("`organization_role`, `project_role`, `project_privilege` or `project_folder_access`."),
					"slug": attribute.ComputedText("Slug of the role or the privilege, or the level of the folder access."),
					"id":   attribute.ComputedText("ID of the custom role, the privilege or the folder access. Null for a built-in role."),
				},
			},
			"expires_at": attribute.ComputedText("Time at which the source ends, in UTC (RFC 3339). Null if it is permanent."),
		}},
	}
}

func readEffectivePermissions(ctx context.Context, c *client.Client, m *effectivePermissionsModel) error {
	identity, err := c.Identity(ctx, m.IdentityID.ValueString())
	if err != nil {
		return err
	}
	values := templateValues(identity)
	if m.OrganizationPermission, err = organizationPermissions(ctx, c, identity); err != nil || m.ProjectID.IsNull() {
		return err
	}
	m.ProjectPermission, err = projectPermissions(ctx, c, m.ProjectID.ValueString(), m.IdentityID.ValueString(), values)
	return err
}
