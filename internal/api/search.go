// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"time"
)

// Contract: section 3, the search routes.

// SearchIdentitiesRequest is the body of POST /v1/identities/search.
type SearchIdentitiesRequest struct {
	Limit          *int            `json:"limit,omitempty" minimum:"1" maximum:"100" doc:"Default 50."`
	Offset         *int            `json:"offset,omitempty" minimum:"0" maximum:"2147483647" doc:"Default 0."`
	OrderBy        string          `json:"orderBy,omitempty" enum:"name,role" doc:"Default name."`
	OrderDirection string          `json:"orderDirection,omitempty" enum:"asc,desc" doc:"Default asc."`
	Search         json.RawMessage `json:"search,omitempty" doc:"name and role, each a string or an object of operators ($eq, $contains for names, $in), and $or of such objects."`
}

// The scopes of a search: where memberships are looked for.
const (
	ScopeOrganization = "organization"
	ScopeProject      = "project"
)

// SearchMembershipsRequest is the body of POST /v2/identities/search.
type SearchMembershipsRequest struct {
	SearchIdentitiesRequest
	Scope []string `json:"scope,omitempty" minItems:"1" enum:"organization,project" doc:"Default organization."`
}

// SearchMembershipsResponse answers it: a row for each membership, so that an identity may have several.
type SearchMembershipsResponse struct {
	Identities []FoundMembership `json:"identities"`
	TotalCount int               `json:"totalCount"`
}

// FoundMembership is an identity's place in the organisation or in a project. ID is the membership's.
type FoundMembership struct {
	ID                  string         `json:"id"`
	IdentityID          string         `json:"identityId"`
	Scope               string         `json:"scope"`
	OrgID               string         `json:"orgId"`
	ProjectID           *string        `json:"projectId"`
	Project             *FoundProject  `json:"project"`
	CreatedAt           time.Time      `json:"createdAt"`
	UpdatedAt           time.Time      `json:"updatedAt"`
	LastLoginAuthMethod *string        `json:"lastLoginAuthMethod"`
	LastLoginTime       *time.Time     `json:"lastLoginTime"`
	Roles               []MemberRole   `json:"roles"`
	Identity            MemberIdentity `json:"identity"`
}

// FoundProject is a project as a search shows it.
type FoundProject struct {
	ProjectName
	Slug string `json:"slug"`
	Type string `json:"type"`
}

// CountMembershipsRequest is the body of POST /v2/identities/search/count.
type CountMembershipsRequest struct {
	Scope  []string        `json:"scope,omitempty" minItems:"1" enum:"organization,project" doc:"Default both."`
	Search json.RawMessage `json:"search,omitempty" doc:"As of the search."`
}

// CountMembershipsResponse answers a number for each scope that was asked for.
type CountMembershipsResponse struct {
	Counts struct {
		Organization *int `json:"organization,omitempty"`
		Project      *int `json:"project,omitempty"`
	} `json:"counts"`
}
