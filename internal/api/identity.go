// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Contract: section 3.

// NoAccess is the built-in role without any permission, the default of a new identity.
const NoAccess = "no-access"

// CustomRole is the role in a membership for every role that is not built in.
const CustomRole = "custom"

// CreateIdentityRequest is the body of POST /v1/identities.
type CreateIdentityRequest struct {
	Name                string      `json:"name" doc:"Display name, which need not be unique. Surrounding white space is removed."`
	OrganizationID      string      `json:"organizationId" doc:"Must be the organization of the access token."`
	Role                *string     `json:"role,omitempty" minLength:"1" doc:"Slug of a built-in or custom organization role. Default no-access."`
	HasDeleteProtection *bool       `json:"hasDeleteProtection,omitempty" doc:"Reject deletion while true. Default false."`
	Metadata            *[]Metadata `json:"metadata,omitempty" doc:"Key and value pairs."`
}

// UpdateIdentityRequest is the body of PATCH /v1/identities/{identityId}. What is absent is kept;
// metadata, when present, replaces all.
type UpdateIdentityRequest struct {
	Name                *string     `json:"name,omitempty"`
	Role                *string     `json:"role,omitempty" minLength:"1"`
	HasDeleteProtection *bool       `json:"hasDeleteProtection,omitempty"`
	Metadata            *[]Metadata `json:"metadata,omitempty"`
}

// Metadata is one pair; both halves have at least one character. Keys may repeat.
type Metadata struct {
	ID    string `json:"id,omitempty"`
	Key   string `json:"key" minLength:"1"`
	Value string `json:"value" minLength:"1"`
}

// IdentityResponse is the response to creating, updating and deleting an identity and, for an identity
// of a project, to reading it.
type IdentityResponse struct {
	Identity Identity `json:"identity"`
}

// Identity is an identity. Its role is part of its membership. The fields that only some routes send
// are nil or zero where the response leaves them out.
type Identity struct {
	ID                       string     `json:"id"`
	Name                     string     `json:"name"`
	AuthMethod               **string   `json:"authMethod,omitempty"` // the only method, on servers that allow one
	AuthMethods              []string   `json:"authMethods,omitzero"`
	HasDeleteProtection      *bool      `json:"hasDeleteProtection,omitempty"`
	OrgID                    string     `json:"orgId,omitempty"`
	ProjectID                **string   `json:"projectId,omitempty"` // null for an identity of the organization
	CreatedAt                time.Time  `json:"createdAt,omitzero"`
	UpdatedAt                time.Time  `json:"updatedAt,omitzero"`
	Metadata                 []Metadata `json:"metadata,omitzero"`
	ActiveLockoutAuthMethods []string   `json:"activeLockoutAuthMethods,omitzero"`
}

// IdentityMembershipResponse is the response to GET /v1/identities/{identityId}.
type IdentityMembershipResponse struct {
	Identity IdentityMembership `json:"identity"`
}

// IdentityMembership is the membership of an identity in its organization. ID is that of the membership.
type IdentityMembership struct {
	ID                  string             `json:"id"`
	Role                string             `json:"role"` // "custom" for a custom role, see CustomRole
	RoleID              *string            `json:"roleId"`
	OrgID               string             `json:"orgId"`
	CreatedAt           time.Time          `json:"createdAt"`
	UpdatedAt           time.Time          `json:"updatedAt"`
	IdentityID          string             `json:"identityId"`
	LastLoginAuthMethod *string            `json:"lastLoginAuthMethod,omitempty"`
	LastLoginTime       *time.Time         `json:"lastLoginTime,omitempty"`
	CustomRole          *CustomRoleSummary `json:"customRole,omitempty"`
	Metadata            []Metadata         `json:"metadata,omitzero"` // absent in listings
	Identity            Identity           `json:"identity"`
}

// RoleSlug is the role as a request names it, built in or custom.
func (m IdentityMembership) RoleSlug() string {
	if m.CustomRole != nil {
		return m.CustomRole.Slug
	}
	return m.Role
}

// CustomRoleSummary is a custom role as a membership shows it.
type CustomRoleSummary struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Slug        string           `json:"slug"`
	Permissions permission.Rules `json:"permissions,omitzero"`
	Description *string          `json:"description,omitempty"`
}

// ListIdentitiesResponse is the response to GET /v1/identities?orgId= and to the search.
type ListIdentitiesResponse struct {
	Identities []IdentityMembership `json:"identities"`
	TotalCount int                  `json:"totalCount"`
}

// ListIdentityMembershipsResponse is the response to GET /v2/organizations/{orgId}/identity-memberships.
type ListIdentityMembershipsResponse struct {
	IdentityMemberships []IdentityMembership `json:"identityMemberships"`
	TotalCount          int                  `json:"totalCount"`
}

// IdentityDetailsResponse is the response to GET /v1/identities/details: the organization of the caller.
type IdentityDetailsResponse struct {
	IdentityDetails struct {
		Organization Organization `json:"organization"`
	} `json:"identityDetails"`
}

// Organization is an organization as its members see it.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}
