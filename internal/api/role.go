// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"time"
)

// Contract: section 4.

// CreateRoleRequest is the body of every creation of a role.
type CreateRoleRequest struct {
	Slug        string  `json:"slug" minLength:"1" doc:"Lower-case letters, digits and single hyphens; none of a built-in role."`
	Name        string  `json:"name" minLength:"1"`
	Description *string `json:"description,omitempty" nullable:"true"`
	// Permissions are rules. The server reads them itself, to name the place of what it refuses.
	Permissions json.RawMessage `json:"permissions" doc:"Rules: subject, action, inverted, conditions. A later rule wins over an earlier one."`
}

// UpdateRoleRequest is the body of every change of a role. What is absent is kept; permissions,
// when present, replace all.
type UpdateRoleRequest struct {
	Slug        *string         `json:"slug,omitempty" minLength:"1"`
	Name        *string         `json:"name,omitempty" minLength:"1"`
	Description *string         `json:"description,omitempty" nullable:"true"`
	Permissions json.RawMessage `json:"permissions,omitempty"`
}

// RoleResponse answers every call on one role.
type RoleResponse struct {
	Role Role `json:"role"`
}

// ListRolesResponse answers every listing of roles: the built-in ones first, none with its rules.
type ListRolesResponse struct {
	Roles []Role `json:"roles"`
}

// Role is an organisation role or a project role.
type Role struct {
	ID          string          `json:"id"` // of a built-in role: the same in every place
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	Slug        string          `json:"slug"`
	Permissions json.RawMessage `json:"permissions,omitempty"` // absent in listings
	CreatedAt   time.Time       `json:"createdAt"`
	UpdatedAt   time.Time       `json:"updatedAt"`
	OrgID       string          `json:"orgId,omitempty"`     // of an organisation role
	ProjectID   string          `json:"projectId,omitempty"` // of a project role
}

// Rule is one rule as it is sent and read back.
type Rule struct {
	Subject    string          `json:"subject"`
	Action     []string        `json:"action"`
	Inverted   bool            `json:"inverted,omitempty"`
	Conditions json.RawMessage `json:"conditions,omitempty"`
}
