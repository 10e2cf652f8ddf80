package api

import (
	"encoding/json"
	"time"
)

// Contract: section 8, version 2.

// PrivilegeType says whether a privilege is for ever or from a start, for a range.
type PrivilegeType struct {
	IsTemporary              bool       `json:"isTemporary"`
	TemporaryMode            *string    `json:"temporaryMode,omitempty" enum:"relative"`
	TemporaryRange           *string    `json:"temporaryRange,omitempty" doc:"A number and a unit of ms, s, m, h, d, w, y, such as 1h."`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime,omitempty"`
}

// CreatePrivilegeRequest is the body of POST /v2/identity-project-additional-privilege.
type CreatePrivilegeRequest struct {
	IdentityID  string          `json:"identityId" minLength:"1"`
	ProjectID   string          `json:"projectId" minLength:"1"`
	Slug        *string         `json:"slug,omitempty" minLength:"1" doc:"Unique for the identity in the project. Default: eight random characters."`
	Permissions json.RawMessage `json:"permissions" doc:"Rules, see the roles of a project."`
	Type        PrivilegeType   `json:"type"`
}

// UpdatePrivilegeRequest is the body of PATCH /v2/identity-project-additional-privilege/{id}. What
// is absent is kept.
type UpdatePrivilegeRequest struct {
	Slug        *string         `json:"slug,omitempty" minLength:"1"`
	Permissions json.RawMessage `json:"permissions,omitempty"`
	Type        *PrivilegeType  `json:"type,omitempty"`
}

// PrivilegeResponse answers every call on one privilege.
type PrivilegeResponse struct {
	Privilege Privilege `json:"privilege"`
}

// ListPrivilegesResponse answers the listing; the rules are left out.
type ListPrivilegesResponse struct {
	Privileges []Privilege `json:"privileges"`
}

// Privilege is an additional privilege.
type Privilege struct {
	ID                       string          `json:"id"`
	Slug                     string          `json:"slug"`
	ProjectMembershipID      string          `json:"projectMembershipId"`
	IdentityID               string          `json:"identityId"`
	ProjectID                string          `json:"projectId"`
	IsTemporary              bool            `json:"isTemporary"`
	TemporaryMode            *string         `json:"temporaryMode"`
	TemporaryRange           *string         `json:"temporaryRange"`
	TemporaryAccessStartTime *time.Time      `json:"temporaryAccessStartTime"`
	TemporaryAccessEndTime   *time.Time      `json:"temporaryAccessEndTime"`
	Permissions              json.RawMessage `json:"permissions,omitempty"`
	CreatedAt                time.Time       `json:"createdAt"`
	UpdatedAt                time.Time       `json:"updatedAt"`
}
