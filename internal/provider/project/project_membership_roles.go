// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// memberRoleModel is one role of a membership, for ever or in a window.
type memberRoleModel struct {
	Role      types.String              `tfsdk:"role"`
	Temporary *attribute.TemporaryModel `tfsdk:"temporary"`
}

// memberRolesAttribute is the whole set. Nothing in it is computed, so that its elements are what
// the configuration says.
func memberRolesAttribute() schema.SetNestedAttribute {
	temporary := attribute.Temporary("The window in which the role counts; it stays as it is whatever becomes of the other roles. Default: for ever.")
	temporary.PlanModifiers = nil // within a set nothing tells which element was which: the set keeps the spelling
	return schema.SetNestedAttribute{
		Required: true,
		MarkdownDescription: "All roles of the identity in the project: what was added elsewhere is shown as a change and taken away. At least one must be permanent, if only `no-access`. Changed in place, and in force with the identity's next request. " +
			"Nobody can give away a role that allows more than their own.",
		Validators:    []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), onePermanentRole{}},
		PlanModifiers: []planmodifier.Set{keepRolesSpelling{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"role":      memberRoleAttribute(),
			"temporary": temporary,
		}},
	}
}

func memberRoleAttribute(more ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Slug of the role: `admin`, `member`, `viewer`, `no-access`, or that of a custom role of the project.",
		Validators: append([]validator.String{
			stringvalidator.UTF8LengthAtMost(64), attribute.Slug(),
			stringvalidator.NoneOf(api.CustomRole), // how a server shows any custom role, and none by itself
		}, more...),
	}
}

func (m memberRoleModel) same(other memberRoleModel) bool {
	return m.Role.Equal(other.Role) && m.Temporary.Same(other.Temporary)
}

func (m memberRoleModel) sent() api.RoleAssignment {
	assignment := api.RoleAssignment{Role: m.Role.ValueString()}
	if m.Temporary != nil {
		assignment.IsTemporary, assignment.TemporaryMode = true, new(api.TemporaryRelative)
		assignment.TemporaryRange, assignment.TemporaryAccessStartTime = m.Temporary.Sent()
	}
	return assignment
}

func sentMemberRoles(roles []memberRoleModel) []api.RoleAssignment {
	list := make([]api.RoleAssignment, len(roles))
	for n, role := range roles {
		list[n] = role.sent()
	}
	return list
}

// readMemberRoles are the roles as the API answers them; one that means what a prior one does keeps
// its spelling.
func readMemberRoles(answer []api.MemberRole, prior []memberRoleModel) []memberRoleModel {
	roles := []memberRoleModel{}
	for _, r := range answer {
		role := memberRoleModel{types.StringValue(r.RoleSlug()), attribute.ReadTemporary(r.TemporaryRange, r.TemporaryAccessStartTime, nil)}
		if n := slices.IndexFunc(prior, role.same); n >= 0 {
			role = prior[n]
		}
		if !slices.ContainsFunc(roles, role.same) {
			roles = append(roles, role)
		}
	}
	return roles
}

// sameMemberRoles tells whether two sets mean the same roles.
func sameMemberRoles(a, b []memberRoleModel) bool {
	within := func(some, all []memberRoleModel) bool {
		return !slices.ContainsFunc(some, func(role memberRoleModel) bool { return !slices.ContainsFunc(all, role.same) })
	}
	return within(a, b) && within(b, a)
}

// keepRolesSpelling plans the state's spelling of the same roles.
type keepRolesSpelling struct{}

func (keepRolesSpelling) Description(context.Context) string {
	return "Another spelling of the same roles is no change."
}

func (m keepRolesSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepRolesSpelling) PlanModifySet(ctx context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	var before, after []memberRoleModel
	if req.StateValue.IsNull() || req.StateValue.ElementsAs(ctx, &before, false).HasError() || req.PlanValue.ElementsAs(ctx, &after, false).HasError() {
		return // what is not known yet is spelt as it is
	}
	if sameMemberRoles(before, after) {
		resp.PlanValue = req.StateValue
	}
}

// onePermanentRole refuses a set that is known to have temporary roles only, as servers do.
type onePermanentRole struct{}

func (onePermanentRole) Description(context.Context) string { return "at least one permanent role" }

func (v onePermanentRole) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (onePermanentRole) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		role, _ := element.(types.Object)
		temporary := role.Attributes()["temporary"]
		if element.IsUnknown() || temporary == nil || temporary.IsNull() || temporary.IsUnknown() {
			return
		}
	}
	if len(req.ConfigValue.Elements()) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "No permanent role",
			"Every role here is temporary, and a membership needs one that is not. Add { role = \"no-access\" } where nothing is to be left when they have ended.")
	}
}
