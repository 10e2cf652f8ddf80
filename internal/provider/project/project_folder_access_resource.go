// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// FolderAccessResource defines the resource machineid_project_folder_access.
var FolderAccessResource = crud.Resource[folderAccessModel]{
	Name:   "project_folder_access",
	Schema: folderAccessSchema,
	Create: createFolderAccess, Read: readFolderAccess, Update: updateFolderAccess, Delete: deleteFolderAccess,
	Import:  []string{"project_id", "identity_id", "environment", "secret_path"},
	Fields:  map[string]path.Path{"environmentSlug": path.Root("environment"), "type": path.Root("temporary")},
	Feature: &client.FolderAccess,
}

type folderAccessModel struct {
	memberModel
	Environment types.String              `tfsdk:"environment"`
	SecretPath  types.String              `tfsdk:"secret_path"`
	Permission  types.String              `tfsdk:"permission"`
	Temporary   *attribute.TemporaryModel `tfsdk:"temporary"`
}

// folderPermissions are the values of permission, the lowest first.
var folderPermissions = []string{"list", "read", "edit", "manage", fullAccess}

const fullAccess = "full-access"

func folderAccessSchema() schema.Schema {
	replaced := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	temporary := attribute.Temporary("Window in which the access is in effect. Outside of it, the roles apply in the folder. Not with the permission `full-access`. Default: permanent. Changed in place.")
	temporary.Validators = append(temporary.Validators, notWithFullAccess{})
	return schema.Schema{
		MarkdownDescription: "[Access](https://infisical.com/docs/documentation/platform/access-controls/folder-rbac) of an identity to one folder of an environment. In this folder it replaces what the roles and privileges of the identity allow or deny, so it can widen their access or narrow it. It does not apply to folders inside the folder.\n\n" +
			"It is available in projects of the type `secret-manager`, on servers since August 2026 whose plan includes folder access. The identity must be a member of the project without the role `admin`, and has at most one access to a folder. " +
			"Managing it requires `manage-access` on `secret-folders` at the folder, which only the built-in role `admin` and the permission `full-access` have. You can grant only permissions that you hold yourself. When it is deleted, the roles apply again.\n\n" +
			"Create the folder before the access to it. A sandbox stores no folders and accepts any well-formed path.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the access."),
			"project_id":  attribute.ProjectID("A change replaces the access."),
			"identity_id": attribute.IdentityID("It must be a member of the project: use the `identity_id` of its `machineid_project_membership`, so that the membership is created first. A change replaces the access."),
			"environment": schema.StringAttribute{
				Required: true, PlanModifiers: replaced,
				MarkdownDescription: "Slug of the environment. A change replaces the access.",
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug()},
			},
			"secret_path": schema.StringAttribute{
				Required: true, PlanModifiers: replaced,
				MarkdownDescription: "Path of the folder: `/`, or names of letters, digits, hyphens and underscores, each after a slash, such as `/app/db`; at most 1024 characters. A change replaces the access.",
				Validators:          []validator.String{isFolderPath{}},
			},
			"permission": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Level of access. Each includes those before it: `list` (names of secrets and what else is in the folder), `read` (values), `edit` (create, change and delete secrets and imports), " +
					"`manage` (rotations, dynamic secrets, syncs and honey tokens), `full-access` (delete the folder and manage access to it). Changed in place.",
				Validators: []validator.String{stringvalidator.OneOf(folderPermissions...)},
			},
		},
		Blocks: map[string]schema.Block{"temporary": temporary},
	}
}

func createFolderAccess(ctx context.Context, c *client.Client, m *folderAccessModel) error {
	made, err := c.CreateFolderAccess(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), api.CreateFolderAccessRequest{
		Folder: m.folder(), Permission: m.Permission.ValueString(), Type: m.window(),
	})
	if err == nil {
		m.ID = types.StringValue(made.ID)
	}
	return err
}

// readFolderAccess also accepts, after an import, names instead of IDs, and a path without its first slash.
func readFolderAccess(ctx context.Context, c *client.Client, m *folderAccessModel) error {
	if m.ID.IsNull() {
		project, identity, err := lookup.ProjectMember(ctx, c, m.ProjectID.ValueString(), m.IdentityID.ValueString())
		if err != nil {
			return err
		}
		m.ProjectID, m.IdentityID = types.StringValue(project), types.StringValue(identity)
		m.SecretPath = types.StringValue("/" + strings.Trim(m.SecretPath.ValueString(), "/"))
	}
	found, err := c.FolderAccess(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), m.Environment.ValueString(), m.SecretPath.ValueString())
	if err == nil {
		m.read(found)
	}
	return err
}

func updateFolderAccess(ctx context.Context, c *client.Client, _, m *folderAccessModel) error {
	_, err := c.UpdateFolderAccess(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), api.UpdateFolderAccessRequest{
		Folder: m.folder(), Permission: m.Permission.ValueStringPointer(), Type: m.window(),
	})
	return err
}

func deleteFolderAccess(ctx context.Context, c *client.Client, m *folderAccessModel) error {
	return c.DeleteFolderAccess(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), m.folder())
}

func (m *folderAccessModel) read(found api.FolderAccess) {
	m.ID = types.StringValue(found.ID)
	m.Permission = types.StringValue(found.Permission)
	m.Temporary = attribute.ReadTemporary(found.TemporaryRange, found.TemporaryAccessStartTime, m.Temporary)
}

func (m *folderAccessModel) folder() api.Folder {
	return api.Folder{EnvironmentSlug: m.Environment.ValueString(), SecretPath: m.SecretPath.ValueString()}
}

// window returns the window of a request. It is always sent, as an absent one is kept.
func (m *folderAccessModel) window() *api.PrivilegeType {
	if m.Temporary == nil {
		return &api.PrivilegeType{}
	}
	length, start := m.Temporary.Request()
	return &api.PrivilegeType{IsTemporary: true, TemporaryMode: new(api.TemporaryRelative), TemporaryRange: length, TemporaryAccessStartTime: start}
}
