// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// ProjectPrivilegeResource defines the resource machineid_project_privilege.
var ProjectPrivilegeResource = crud.Resource[projectPrivilegeModel]{
	Name:   "project_privilege",
	Schema: projectPrivilegeSchema,
	Create: createProjectPrivilege, Read: readProjectPrivilege, Update: updateProjectPrivilege, Delete: deleteProjectPrivilege,
	Import: []string{"id"},
	Moves:  crud.MovesFromOfficial("project_identity_specific_privilege", map[string]string{"id": "id"}, nil),
	Fields: map[string]path.Path{"type": path.Root("temporary"), "permissions": path.Root("permission")},
}

type projectPrivilegeModel struct {
	ID          types.String              `tfsdk:"id"`
	ProjectID   types.String              `tfsdk:"project_id"`
	IdentityID  types.String              `tfsdk:"identity_id"`
	Slug        types.String              `tfsdk:"slug"`
	Permissions []permissionModel         `tfsdk:"permission"`
	Temporary   *attribute.TemporaryModel `tfsdk:"temporary"`
}

func projectPrivilegeSchema() schema.Schema {
	settled := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "An additional privilege: rules for one identity in one project, beside its roles there. It lives as long as the identity's membership. " +
			"Nobody can give away what they may not do themselves.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the privilege."),
			"project_id":  attribute.ProjectID("A change makes a new privilege and takes the old one away."),
			"identity_id": attribute.IdentityID("It must be a member of the project: take it from `machineid_project_membership`, so that this is created after it. A change makes a new privilege and takes the old one away."),
			"slug": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: settled,
				MarkdownDescription: "Short name, unique for the identity in the project: 1 to 60 lower-case letters, digits and single hyphens. Default: what the server makes up, and it stays where this is left out later. Changed in place.",
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(60), attribute.Slug()},
			},
		},
		Blocks: map[string]schema.Block{
			"permission": permissionBlock(permission.Project, "Rules of the privilege, beside what the roles of the identity allow. Changed in place."),
			"temporary":  attribute.Temporary("Window in which the privilege is in effect. Other changes do not move it. Default: permanent. Changed in place."),
		},
	}
}

func createProjectPrivilege(ctx context.Context, c *client.Client, m *projectPrivilegeModel) error {
	body := api.CreatePrivilegeRequest{
		ProjectID: m.ProjectID.ValueString(), IdentityID: m.IdentityID.ValueString(),
		Permissions: rulesFrom(m.Permissions), Type: privilegeType(m.Temporary),
	}
	if !m.Slug.IsUnknown() {
		body.Slug = m.Slug.ValueStringPointer()
	}
	made, err := c.CreatePrivilege(ctx, body)
	if client.Status(err) == http.StatusBadRequest {
		if _, readErr := c.ProjectMember(ctx, body.ProjectID, body.IdentityID); client.IsNotFound(readErr) {
			return fmt.Errorf("%w; make the identity a member with machineid_project_membership, and take identity_id from there", err)
		}
	}
	if err != nil {
		return err
	}
	return m.read(made)
}

// readProjectPrivilege may have names between slashes in place of the ID, after an import.
func readProjectPrivilege(ctx context.Context, c *client.Client, m *projectPrivilegeModel) error {
	id, err := findPrivilege(ctx, c, m.ID.ValueString())
	if err != nil {
		return err
	}
	found, err := c.Privilege(ctx, id)
	if err != nil {
		return err
	}
	return m.read(found)
}

func updateProjectPrivilege(ctx context.Context, c *client.Client, prior, m *projectPrivilegeModel) error {
	body := api.UpdatePrivilegeRequest{Slug: m.Slug.ValueStringPointer(), Type: new(privilegeType(m.Temporary))}
	if !samePermissions(m.Permissions, prior.Permissions) {
		body.Permissions = new(rulesFrom(m.Permissions))
	}
	changed, err := c.UpdatePrivilege(ctx, m.ID.ValueString(), body)
	if err != nil {
		return err
	}
	return m.read(changed)
}

func deleteProjectPrivilege(ctx context.Context, c *client.Client, m *projectPrivilegeModel) error {
	return c.DeletePrivilege(ctx, m.ID.ValueString())
}

// read takes over what the API answers, field by field.
func (m *projectPrivilegeModel) read(answer api.Privilege) (err error) {
	m.ID = types.StringValue(answer.ID)
	m.ProjectID = types.StringValue(answer.ProjectID)
	m.IdentityID = types.StringValue(answer.IdentityID)
	m.Slug = types.StringValue(answer.Slug)
	m.Temporary = attribute.ReadTemporary(answer.TemporaryRange, answer.TemporaryAccessStartTime, m.Temporary)
	m.Permissions, err = readPermissions(permission.Project, answer.Permissions, m.Permissions)
	return err
}

// privilegeType is sent whole: what is absent would be kept by some servers and refused by others.
func privilegeType(window *attribute.TemporaryModel) api.PrivilegeType {
	if window == nil {
		return api.PrivilegeType{}
	}
	length, start := window.Request()
	return api.PrivilegeType{IsTemporary: true, TemporaryMode: new(api.TemporaryRelative), TemporaryRange: length, TemporaryAccessStartTime: start}
}

// findPrivilege is the ID of an additional privilege: what is no ID is project, identity and slug,
// between slashes.
func findPrivilege(ctx context.Context, c *client.Client, called string) (string, error) {
	if client.IsID(called) {
		return called, nil
	}
	first, last := strings.Index(called, "/"), strings.LastIndex(called, "/")
	if first == last {
		return "", fmt.Errorf("%q is neither the ID of a privilege nor <project>/<identity>/<slug>", called)
	}
	project, identity, err := lookup.ProjectMember(ctx, c, called[:first], called[first+1:last])
	if err != nil {
		return "", err
	}
	list, err := c.Privileges(ctx, project, identity)
	if err != nil {
		return "", err
	}
	slug := called[last+1:]
	n := slices.IndexFunc(list, func(p api.Privilege) bool { return p.Slug == slug })
	if n < 0 {
		return "", fmt.Errorf("the identity has no privilege with the slug %q in the project", slug)
	}
	return list[n].ID, nil
}
