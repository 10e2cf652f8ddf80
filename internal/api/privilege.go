// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Contract: section 8, version 2.

// PrivilegeType is the time in which a privilege applies: always, or for a range from a start.
type PrivilegeType struct {
	IsTemporary              bool       `json:"isTemporary"`
	TemporaryMode            *string    `json:"temporaryMode,omitempty" doc:"relative, where it is temporary."`
	TemporaryRange           *string    `json:"temporaryRange,omitempty" doc:"A number and a unit of ms, s, m, h, d, w, y, such as 1h."`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime,omitempty"`
}

// CreatePrivilegeRequest is the body of POST /v2/identity-project-additional-privilege.
type CreatePrivilegeRequest struct {
	IdentityID  string           `json:"identityId" minLength:"1"`
	ProjectID   string           `json:"projectId" minLength:"1"`
	Slug        *string          `json:"slug,omitempty" minLength:"1" doc:"Unique for the identity in the project. Default: eight random characters."`
	Permissions permission.Rules `json:"permissions" nullable:"false" doc:"Rules, see the roles of a project."`
	Type        PrivilegeType    `json:"type"`
}

// UpdatePrivilegeRequest is the body of PATCH /v2/identity-project-additional-privilege/{id}. What
// is absent is kept.
type UpdatePrivilegeRequest struct {
	Slug        *string           `json:"slug,omitempty" minLength:"1"`
	Permissions *permission.Rules `json:"permissions,omitempty" nullable:"false"`
	Type        *PrivilegeType    `json:"type,omitempty"`
}

// PrivilegeResponse is the response of every route of one privilege.
type PrivilegeResponse struct {
	Privilege Privilege `json:"privilege"`
}

// ListPrivilegesResponse lists privileges without their rules.
type ListPrivilegesResponse struct {
	Privileges []Privilege `json:"privileges"`
}

// Privilege is an additional privilege.
type Privilege struct {
	ID                       string           `json:"id"`
	Slug                     string           `json:"slug"`
	ProjectMembershipID      string           `json:"projectMembershipId"`
	IdentityID               string           `json:"identityId"`
	ProjectID                string           `json:"projectId"`
	IsTemporary              bool             `json:"isTemporary"`
	TemporaryMode            *string          `json:"temporaryMode"`
	TemporaryRange           *string          `json:"temporaryRange"`
	TemporaryAccessStartTime *time.Time       `json:"temporaryAccessStartTime"`
	TemporaryAccessEndTime   *time.Time       `json:"temporaryAccessEndTime"`
	Permissions              permission.Rules `json:"permissions,omitzero"`
	CreatedAt                time.Time        `json:"createdAt"`
	UpdatedAt                time.Time        `json:"updatedAt"`
}

// Contract: section 8, version 1.

// PrivilegeV1Rules are the rules of a privilege of the first version; PrivilegePermission goes before.
type PrivilegeV1Rules struct {
	PrivilegePermission *SecretsPermission `json:"privilegePermission,omitempty"`
	Permissions         *permission.Rules  `json:"permissions,omitempty" nullable:"false" doc:"Rules, see the oldest roles of a project."`
}

// SecretsPermission is what may be done with the secrets of an environment.
type SecretsPermission struct {
	Actions    []string `json:"actions" minItems:"1" enum:"create,edit,delete,read"`
	Subject    string   `json:"subject" enum:"secrets"`
	Conditions struct {
		Environment string `json:"environment" minLength:"1"`
		SecretPath  *struct {
			Glob string `json:"$glob" minLength:"1"`
		} `json:"secretPath,omitempty"`
	} `json:"conditions"`
}

// CreatePrivilegeV1Request is the body of POST /v1/additional-privilege/identity/permanent.
type CreatePrivilegeV1Request struct {
	IdentityID  string  `json:"identityId" minLength:"1"`
	ProjectSlug string  `json:"projectSlug" minLength:"1"`
	Slug        *string `json:"slug,omitempty" minLength:"1" doc:"Unique for the identity in the project. Default: eight random characters."`
	PrivilegeV1Rules
}

// CreateTemporaryPrivilegeV1Request is the body of POST /v1/additional-privilege/identity/temporary.
type CreateTemporaryPrivilegeV1Request struct {
	CreatePrivilegeV1Request
	TemporaryMode            string    `json:"temporaryMode" enum:"relative"`
	TemporaryRange           string    `json:"temporaryRange" doc:"A number and a unit of ms, s, m, h, d, w, y, such as 1h."`
	TemporaryAccessStartTime time.Time `json:"temporaryAccessStartTime"`
}

// PrivilegeV1Ref names a privilege; it is the body of DELETE /v1/additional-privilege/identity.
type PrivilegeV1Ref struct {
	PrivilegeSlug string `json:"privilegeSlug" minLength:"1"`
	IdentityID    string `json:"identityId" minLength:"1"`
	ProjectSlug   string `json:"projectSlug" minLength:"1"`
}

// UpdatePrivilegeV1Request is the body of PATCH /v1/additional-privilege/identity. What is absent is
// kept.
type UpdatePrivilegeV1Request struct {
	PrivilegeV1Ref
	PrivilegeDetails struct {
		Slug *string `json:"slug,omitempty" minLength:"1"`
		PrivilegeV1Rules
		IsTemporary              *bool      `json:"isTemporary,omitempty"`
		TemporaryMode            *string    `json:"temporaryMode,omitempty" doc:"relative, where it is temporary."`
		TemporaryRange           *string    `json:"temporaryRange,omitempty"`
		TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime,omitempty"`
	} `json:"privilegeDetails"`
}
