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
		MarkdownDescription: "What an identity may do now, in the organisation and in a project: the rules of all its roles and privileges, and of each rule the role or privilege that it comes from. " +
			"What is temporary is left out before it begins and when it has ended; templates such as `{{identity.metadata.team}}` are resolved in the project, but those that refer to a login. Allowed is what some rule allows and no `inverted` rule denies. Rules of `project_folder_access` alone decide in their folder, whatever the others allow or deny there. The function `can` takes the lists as they are.\n\n" +
			"It takes the permission to `read` on `identity` and on `role` in the organisation and, for a project, in the project.",
		Attributes: map[string]schema.Attribute{
			"identity_id": attribute.RequiredIdentityID("ID of the identity."),
			"project_id":  schema.StringAttribute{Optional: true, Validators: []validator.String{attribute.ProjectIDs()}, MarkdownDescription: "ID of a project. Default: only the organisation is asked about."},
			"organization_permission": effectiveAttribute(
				"Rules of the identity's role in the organisation."),
			"project_permission": effectiveAttribute(
				"Rules of the identity's roles and privileges in the project; empty where it is not a member, null without `project_id`."),
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
			"allow_unknown": schema.BoolAttribute{Computed: true, MarkdownDescription: "`true` where this version of the provider does not know the subject, an action or a condition key."},
			"condition":     schema.SetAttribute{Computed: true, ElementType: conditionBlock().NestedObject.Type(), MarkdownDescription: "Conditions of the rule, as in the block `condition` of a role."},
			"source": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "What grants it.",
				Attributes: map[string]schema.Attribute{
					"kind": attribute.ComputedText("`organization_role`, `project_role`, `project_privilege` or `project_folder_access`."),
					"slug": attribute.ComputedText("Slug of the role or the privilege."),
					"id":   attribute.ComputedText("ID of the custom role or the privilege; null for a built-in role."),
				},
			},
			"expires_at": attribute.ComputedText("When the role or the privilege ends, in UTC (RFC 3339); null where it does not."),
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
