// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Contract: section 4.

// CreateRoleRequest is the body of every creation of a role.
type CreateRoleRequest struct {
	Slug        string           `json:"slug" minLength:"1" doc:"Lower-case letters, digits and single hyphens; none of a built-in role."`
	Name        string           `json:"name" minLength:"1"`
	Description *string          `json:"description,omitempty" nullable:"true"`
	Permissions permission.Rules `json:"permissions" nullable:"false" doc:"Allowed is what some rule allows and no inverted rule denies, in any order."`
}

// UpdateRoleRequest is the body of every change of a role. What is absent is kept; permissions,
// when present, replace all.
type UpdateRoleRequest struct {
	Slug        *string           `json:"slug,omitempty" minLength:"1"`
	Name        *string           `json:"name,omitempty" minLength:"1"`
	Description *string           `json:"description,omitempty" nullable:"true"`
	Permissions *permission.Rules `json:"permissions,omitempty" nullable:"false"`
}

// RoleResponse is the response of every route of one role.
type RoleResponse struct {
	Role Role `json:"role"`
}

// ListRolesResponse lists roles without their rules, the built-in ones first.
type ListRolesResponse struct {
	Roles []Role `json:"roles"`
}

// Role is an organization role or a project role.
type Role struct {
	ID          string           `json:"id"` // of a built-in role: the same in every place
	Name        string           `json:"name"`
	Description *string          `json:"description"`
	Slug        string           `json:"slug"`
	Permissions permission.Rules `json:"permissions,omitzero"` // absent in listings
	CreatedAt   time.Time        `json:"createdAt"`
	UpdatedAt   time.Time        `json:"updatedAt"`
	OrgID       string           `json:"orgId,omitempty"`     // of an organization role
	ProjectID   string           `json:"projectId,omitempty"` // of a project role
}
