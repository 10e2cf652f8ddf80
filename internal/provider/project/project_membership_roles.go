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

// memberRoleModel is a role of a membership, permanent or temporary.
type memberRoleModel struct {
	Role      types.String              `tfsdk:"role"`
	Temporary *attribute.TemporaryModel `tfsdk:"temporary"`
}

// memberRolesAttribute returns the set of all roles. It has no computed attributes, which the framework
// pairs with elements of the state by index.
func memberRolesAttribute() schema.SetNestedAttribute {
	temporary := attribute.Temporary("The window in which the role counts; it stays as it is whatever becomes of the other roles. Default: for ever.")
	temporary.PlanModifiers = nil // elements of a set have no prior element; keepRolesSpelling is on the set
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
			stringvalidator.NoneOf(api.CustomRole), // servers return it in place of any custom role
		}, more...),
	}
}

func (m memberRoleModel) equal(other memberRoleModel) bool {
	return m.Role.Equal(other.Role) && m.Temporary.Equal(other.Temporary)
}

func (m memberRoleModel) assignment() api.RoleAssignment {
	assignment := api.RoleAssignment{Role: m.Role.ValueString()}
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
	if req.StateValue.IsNull() || req.StateValue.ElementsAs(ctx, &before, false).HasError() || req.PlanValue.ElementsAs(ctx, &after, false).HasError() {
		return // a value is unknown
	}
	if equalMemberRoles(before, after) {
		resp.PlanValue = req.StateValue
	}
}

// onePermanentRole rejects a set of temporary roles only, as servers do.
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
			"Every role is temporary, and servers require a permanent one. Add { role = \"no-access\" } to leave no access when they have ended.")
	}
}
