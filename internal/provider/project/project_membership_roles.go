// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// memberRoleModel is a role of a membership, permanent or temporary.
type memberRoleModel struct {
	Slug      types.String              `tfsdk:"slug"`
	Temporary *attribute.TemporaryModel `tfsdk:"temporary"`
}

// memberRolesBlock returns the set of all roles. Its elements have no computed attributes, defaults or plan
// modifiers, since the framework pairs elements of a set with those of the state by index.
func memberRolesBlock() schema.SetNestedBlock {
	temporary := attribute.Temporary("Window in which the role is in effect. Default: permanent.")
	temporary.PlanModifiers = nil // keepRolesSpelling is on the set
	return schema.SetNestedBlock{
		MarkdownDescription: "One role of the identity in the project, with one block for each role. At least one block is required, and at least one must be permanent, if only `no-access`. " +
			"The blocks are all roles: a plan shows roles that were added elsewhere as a change, and the apply removes them. Changed in place, and in effect from the identity's next request. " +
			"You can grant only roles whose permissions you hold yourself.",
		Validators:    []validator.Set{validRoles{}},
		PlanModifiers: []planmodifier.Set{keepRolesSpelling{}},
		NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{"slug": memberRoleAttribute()},
			Blocks:     map[string]schema.Block{"temporary": temporary},
		},
	}
}

func memberRoleAttribute(except ...string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Slug of the role: `admin`, `member`, `viewer`, `no-access`, or that of a custom role of the project.",
		Validators:          []validator.String{attribute.RoleSlug(permission.Project, except...)},
	}
}

func (m memberRoleModel) equal(other memberRoleModel) bool {
	return m.Slug.Equal(other.Slug) && m.Temporary.Equal(other.Temporary)
}

func (m memberRoleModel) assignment() api.RoleAssignment {
	assignment := api.RoleAssignment{Role: m.Slug.ValueString()}
	if m.Temporary != nil {
		assignment.IsTemporary, assignment.TemporaryMode = true, new(api.TemporaryRelative)
		assignment.TemporaryRange, assignment.TemporaryAccessStartTime = m.Temporary.Request()
	}
	return assignment
}

func roleAssignments(roles []memberRoleModel) []api.RoleAssignment {
	list := make([]api.RoleAssignment, len(roles))
	for n, role := range roles {
		list[n] = role.assignment()
	}
	return list
}

// memberRoles returns the roles of a response. A role equal to a prior one keeps its spelling.
func memberRoles(answer []api.MemberRole, prior []memberRoleModel) []memberRoleModel {
	roles := []memberRoleModel{}
	for _, r := range answer {
		role := memberRoleModel{types.StringValue(r.RoleSlug()), attribute.ReadTemporary(r.TemporaryRange, r.TemporaryAccessStartTime, nil)}
		if n := slices.IndexFunc(prior, role.equal); n >= 0 {
			role = prior[n]
		}
		if !slices.ContainsFunc(roles, role.equal) {
			roles = append(roles, role)
		}
	}
	return roles
}

// equalMemberRoles reports whether two sets have the same roles.
func equalMemberRoles(a, b []memberRoleModel) bool {
	within := func(some, all []memberRoleModel) bool {
		return !slices.ContainsFunc(some, func(role memberRoleModel) bool { return !slices.ContainsFunc(all, role.equal) })
	}
	return within(a, b) && within(b, a)
}

// keepRolesSpelling plans the spelling of the state if the roles are the same.
type keepRolesSpelling struct{}

func (keepRolesSpelling) Description(context.Context) string {
	return "A different spelling of the same roles is not a change."
}

func (m keepRolesSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepRolesSpelling) PlanModifySet(ctx context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	var before, after []memberRoleModel
	if req.PlanValue.ElementsAs(ctx, &after, false).HasError() {
		return // a block is unknown
	}
	for _, role := range after {
		role.Temporary.WarnEnded("The window of the role "+role.Slug.ValueString(), req.Path, time.Now(), &resp.Diagnostics)
	}
	if !req.StateValue.IsNull() && !req.StateValue.ElementsAs(ctx, &before, false).HasError() && equalMemberRoles(before, after) {
		resp.PlanValue = req.StateValue
	}
}

// validRoles demands at least one role, one block for each slug, and a permanent role, as servers do.
type validRoles struct{}

func (validRoles) Description(context.Context) string {
	return "at least one permanent role, and each role once"
}

func (v validRoles) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (validRoles) ValidateSet(ctx context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	elements := req.ConfigValue.Elements()
	if len(elements) == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Missing role block", "The membership has no role. Add at least one role block, such as role { slug = \"viewer\" }.")
		return
	}
	seen, permanent := map[string]bool{}, false
	for _, element := range elements {
		role, _ := element.(types.Object)
		slug, _ := role.Attributes()["slug"].(types.String)
		if name := slug.ValueString(); name != "" && seen[name] {
			resp.Diagnostics.AddAttributeError(req.Path, "Role given twice",
				"There is more than one role block with the slug "+strconv.Quote(name)+". A role is either permanent or has one window: keep one of the blocks.")
		}
		seen[slug.ValueString()] = true
		temporary := role.Attributes()["temporary"]
		permanent = permanent || temporary == nil || temporary.IsNull() || temporary.IsUnknown()
	}
	if !permanent {
		resp.Diagnostics.AddAttributeError(req.Path, "No permanent role",
			"Every role is temporary, and servers require a permanent one. Add role { slug = \"no-access\" } to leave no access when they have ended.")
	}
}
