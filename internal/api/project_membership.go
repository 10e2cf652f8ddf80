// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 7.

// TemporaryRelative is the only mode of what is temporary: from a start, for a range.
const TemporaryRelative = "relative"

// RoleAssignment is one role in a request.
type RoleAssignment struct {
	Role                     string     `json:"role" minLength:"1" doc:"Slug of a built-in or custom project role."`
	IsTemporary              bool       `json:"isTemporary,omitempty"`
	TemporaryMode            *string    `json:"temporaryMode,omitempty" doc:"relative, for a temporary role."`
	TemporaryRange           *string    `json:"temporaryRange,omitempty" doc:"A number and a unit of ms, s, m, h, d, w, y, such as 1h."`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime,omitempty"`
}

// AddMemberRequest is the body of making an identity a member: roles, or the older role.
type AddMemberRequest struct {
	Roles *[]RoleAssignment `json:"roles,omitempty" minItems:"1"`
	Role  *string           `json:"role,omitempty" minLength:"1" doc:"Default no-access."`
}

// SetMemberRolesRequest is the body of PATCH on a membership; the roles replace all.
type SetMemberRolesRequest struct {
	Roles []RoleAssignment `json:"roles" minItems:"1"`
}

// MembershipResponse is the response to creation, deletion and, on the current route, update.
type MembershipResponse struct {
	IdentityMembership Membership `json:"identityMembership"`
}

// Membership is a membership without its roles.
type Membership struct {
	ID         string    `json:"id"`
	ProjectID  string    `json:"projectId"`
	IdentityID string    `json:"identityId"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// MemberRolesResponse is the response to an update on the deprecated route.
type MemberRolesResponse struct {
	Roles []GrantedRole `json:"roles"`
}

// MemberResponse is the response to reading one membership.
type MemberResponse struct {
	IdentityMembership Member `json:"identityMembership"`
}

// ListMembersResponse is a list of memberships. TotalCount is absent if the list is complete.
type ListMembersResponse struct {
	IdentityMemberships []Member `json:"identityMemberships"`
	TotalCount          *int     `json:"totalCount,omitempty"`
}

// Member is a membership with its roles. The other fields depend on the route.
type Member struct {
	ID         string       `json:"id"`
	IdentityID string       `json:"identityId,omitempty"` // absent on the current route
	CreatedAt  time.Time    `json:"createdAt"`
	UpdatedAt  time.Time    `json:"updatedAt"`
	Roles      []MemberRole `json:"roles"`
	Identity   Identity     `json:"identity"`
	Project    *ProjectName `json:"project,omitempty"` // absent on the current route
	Metadata   []Metadata   `json:"metadata,omitzero"` // on the current route
}

// RoleSlug is the role as a request names it, built in or custom.
func (r MemberRole) RoleSlug() string {
	if r.CustomRoleSlug != nil {
		return *r.CustomRoleSlug
	}
	return r.Role
}

// MemberRole is one role of a membership. A custom one reads role "custom". What does not apply is null.
type MemberRole struct {
	ID                       string     `json:"id"`
	Role                     string     `json:"role"`
	CustomRoleID             *string    `json:"customRoleId"`
	CustomRoleName           *string    `json:"customRoleName"`
	CustomRoleSlug           *string    `json:"customRoleSlug"`
	IsTemporary              bool       `json:"isTemporary"`
	TemporaryMode            *string    `json:"temporaryMode"`
	TemporaryRange           *string    `json:"temporaryRange"`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime"`
	TemporaryAccessEndTime   *time.Time `json:"temporaryAccessEndTime"`
}

// GrantedRole is one role of a membership in the response to its update on the deprecated route.
type GrantedRole struct {
	ID                       string     `json:"id"`
	Role                     string     `json:"role"`
	ProjectMembershipID      string     `json:"projectMembershipId"`
	CustomRoleID             *string    `json:"customRoleId"`
	IsTemporary              bool       `json:"isTemporary"`
	TemporaryMode            *string    `json:"temporaryMode"`
	TemporaryRange           *string    `json:"temporaryRange"`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime"`
	TemporaryAccessEndTime   *time.Time `json:"temporaryAccessEndTime"`
	CreatedAt                time.Time  `json:"createdAt"`
	UpdatedAt                time.Time  `json:"updatedAt"`
}

// ProjectName is a project as a membership shows it.
type ProjectName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CreateProjectIdentityRequest is the body of POST /v1/projects/{projectId}/identities.
type CreateProjectIdentityRequest struct {
	Name                string            `json:"name" minLength:"1"`
	HasDeleteProtection *bool             `json:"hasDeleteProtection,omitempty" doc:"Default false."`
	Metadata            *[]Metadata       `json:"metadata,omitempty"`
	Roles               *[]RoleAssignment `json:"roles,omitempty" minItems:"1" doc:"Default no-access."`
}

// UpdateProjectIdentityRequest is the body of PATCH on an identity of a project.
type UpdateProjectIdentityRequest struct {
	Name                *string     `json:"name,omitempty" minLength:"1"`
	HasDeleteProtection *bool       `json:"hasDeleteProtection,omitempty"`
	Metadata            *[]Metadata `json:"metadata,omitempty"`
}

// ListProjectIdentitiesResponse is a list of the identities of a project.
type ListProjectIdentitiesResponse struct {
	Identities []Identity `json:"identities"`
	TotalCount int        `json:"totalCount"`
}
