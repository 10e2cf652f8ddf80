// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

// Store keeps everything. Its engines pass one conformance suite.
type Store interface {
	// Read runs fn on one consistent snapshot.
	Read(ctx context.Context, fn func(Tx) error) error

	// Write runs fn alone among all writers and makes its changes durable before it returns; an
	// error of fn undoes them. fn may run more than once, and must only touch the Tx and
	// variables that it sets anew.
	Write(ctx context.Context, fn func(Tx) error) error

	Close() error
}

// Tx is what can be done within one Read or Write; changing anything needs a Write. What is
// looked for and missing is an error of kind NotFound; a second row where there may be one is
// an error of kind Conflict. After any error but that nothing was found, fn must return one: the
// Tx does nothing more. No method checks a rule.
type Tx interface {
	Organization(ctx context.Context) (Organization, error)
	InsertOrganization(ctx context.Context, o Organization) error
	// SetOrganizationAdmin records which identity the bootstrap file is for.
	SetOrganizationAdmin(ctx context.Context, identityID string) error

	// SigningKeys lists all keys, the newest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	InsertSigningKey(ctx context.Context, k SigningKey) error

	// Role finds a custom role.
	Role(ctx context.Context, p RolePlace, slug string) (Role, error)
	RoleByID(ctx context.Context, id string) (Role, error)
	// Roles lists the custom roles of a place, the oldest first.
	Roles(ctx context.Context, p RolePlace) ([]Role, error)
	InsertRole(ctx context.Context, r Role) error
	// UpdateRole replaces everything but the id, the place and the creation time.
	UpdateRole(ctx context.Context, r Role) error
	// DeleteRole is a Conflict while anybody has the role.
	DeleteRole(ctx context.Context, id string) error
	// RoleHolders counts the organisation and project memberships with the role.
	RoleHolders(ctx context.Context, id string) (int, error)

	// Identity answers everything, metadata and active lockouts at that time included.
	Identity(ctx context.Context, id string, at time.Time) (Identity, error)
	// Identities answers a page, without metadata and lockouts, and the number on all pages.
	Identities(ctx context.Context, q IdentityQuery) ([]Identity, int, error)
	InsertIdentity(ctx context.Context, i Identity) error
	// UpdateIdentity replaces the name, the protection, the role, the metadata and the times.
	UpdateIdentity(ctx context.Context, i Identity) error
	// DeleteIdentity takes everything of the identity along.
	DeleteIdentity(ctx context.Context, id string) error
	RecordLogin(ctx context.Context, identityID, method string, at time.Time) error

	// Project answers its environments, too.
	Project(ctx context.Context, id string) (Project, error)
	ProjectBySlug(ctx context.Context, organizationID, slug string) (Project, error)
	// Projects lists those that the identity is a member of, by name, with their environments.
	Projects(ctx context.Context, organizationID, memberID string) ([]Project, error)
	// ProjectIDs lists those of all projects of the organisation or, with a memberID, of those that
	// the identity is a member of.
	ProjectIDs(ctx context.Context, organizationID, memberID string) ([]string, error)
	InsertProject(ctx context.Context, p Project) error // with its environments
	// UpdateProject replaces everything but the ids, the type, the environments and the creation time.
	UpdateProject(ctx context.Context, p Project) error
	// DeleteProject takes everything in the project along, its own identities too.
	DeleteProject(ctx context.Context, id string) error
	Environment(ctx context.Context, id string) (Environment, error)
	InsertEnvironment(ctx context.Context, e Environment) error
	// UpdateEnvironment replaces the name, the slug, the position and the update time.
	UpdateEnvironment(ctx context.Context, e Environment) error
	DeleteEnvironment(ctx context.Context, id string) error

	ProjectMembership(ctx context.Context, projectID, identityID string) (ProjectMembership, error)
	ProjectMembershipByID(ctx context.Context, id string) (ProjectMembership, error)
	// ProjectMemberships answers a page and the number on all pages.
	ProjectMemberships(ctx context.Context, q MembershipQuery) ([]ProjectMembership, int, error)
	// SearchMemberships answers a page and the number on all pages. A membership without a project is
	// the one in the organisation, and has one role.
	SearchMemberships(ctx context.Context, q MembershipSearch, at time.Time) ([]ProjectMembership, int, error)
	InsertProjectMembership(ctx context.Context, m ProjectMembership) error // with its roles
	// ReplaceMembershipRoles replaces all roles and the update time.
	ReplaceMembershipRoles(ctx context.Context, m ProjectMembership) error
	// DeleteProjectMembership takes the privileges of the identity in the project along.
	DeleteProjectMembership(ctx context.Context, id string) error

	Privilege(ctx context.Context, id string) (Privilege, error)
	PrivilegeBySlug(ctx context.Context, projectID, identityID, slug string) (Privilege, error)
	// Privileges lists those of an identity, in one project or, with an empty projectID, in all,
	// the oldest first.
	Privileges(ctx context.Context, projectID, identityID string) ([]Privilege, error)
	InsertPrivilege(ctx context.Context, p Privilege) error
	// UpdatePrivilege replaces the slug, the rules, the window and the update time.
	UpdatePrivilege(ctx context.Context, p Privilege) error
	DeletePrivilege(ctx context.Context, id string) error

	AuthMethod(ctx context.Context, identityID, method string) (MethodRecord, error)
	AuthMethodByClientID(ctx context.Context, method, clientID string) (MethodRecord, error)
	// InsertAuthMethod is a Conflict if the identity has the method, or another one has the client ID.
	InsertAuthMethod(ctx context.Context, m MethodRecord) error
	// UpdateAuthMethod replaces everything except the IDs and the creation time.
	UpdateAuthMethod(ctx context.Context, m MethodRecord) error
	// DeleteAuthMethod deletes its client secrets too, but not the tokens.
	DeleteAuthMethod(ctx context.Context, identityID, method string) error

	ClientSecret(ctx context.Context, universalAuthID, id string) (ClientSecret, error)
	ClientSecretByDigest(ctx context.Context, universalAuthID string, digest Digest) (ClientSecret, error)
	// ClientSecrets lists those that are not revoked, the oldest first.
	ClientSecrets(ctx context.Context, universalAuthID string) ([]ClientSecret, error)
	InsertClientSecret(ctx context.Context, c ClientSecret) error
	// UseClientSecret counts one use, unless the limit is reached: then it answers false.
	UseClientSecret(ctx context.Context, id string, at time.Time) (bool, error)
	RevokeClientSecret(ctx context.Context, id string, at time.Time) error

	// Lockout answers the zero Lockout where there is none.
	Lockout(ctx context.Context, identityID, method string) (Lockout, error)
	PutLockout(ctx context.Context, l Lockout) error
	DeleteLockout(ctx context.Context, identityID, method string) error

	// Bearer answers a token with all that decides about its use.
	Bearer(ctx context.Context, tokenID string) (Bearer, error)
	AccessToken(ctx context.Context, id string) (AccessToken, error)
	// AccessTokens answers a page of those that a method gave an identity, the newest first.
	AccessTokens(ctx context.Context, identityID, method string, limit, offset int) ([]AccessToken, error)
	InsertAccessToken(ctx context.Context, t AccessToken) error
	NameAccessToken(ctx context.Context, id, name string, at time.Time) error
	// UseAccessToken counts one use, unless the limit is reached: then it answers false.
	UseAccessToken(ctx context.Context, id string, at time.Time) (bool, error)
	// RenewAccessToken records when it was renewed and until when it now lives.
	RenewAccessToken(ctx context.Context, id string, at, until time.Time) error
	// RevokeAccessTokens revokes every token that matches and is not revoked, and counts them.
	RevokeAccessTokens(ctx context.Context, m TokenMatch, r Revocation) (int, error)

	// DeleteExpiredAccessTokens deletes up to that many that expired before that time and stand in no
	// listing, and counts them.
	DeleteExpiredAccessTokens(ctx context.Context, before time.Time, most int) (int, error)
	// DeleteForgottenLockouts deletes up to that many that neither lock nor count since that time.
	DeleteForgottenLockouts(ctx context.Context, before time.Time, most int) (int, error)
	// SpentClientSecrets lists the ids, after that one, of up to that many that are good for nothing
	// since before that time and from which no token is left.
	SpentClientSecrets(ctx context.Context, before time.Time, after string, most int) ([]string, error)
	// DeleteSpentClientSecret answers false where it is not spent, or gone.
	DeleteSpentClientSecret(ctx context.Context, id string, before time.Time) (bool, error)

	InsertAuditEvent(ctx context.Context, e AuditEvent) error
	// AuditEvents answers a page, the newest first.
	AuditEvents(ctx context.Context, q AuditQuery) ([]AuditEvent, error)
	// DeleteAuditEvents deletes some that are older, at most so many, and counts them.
	DeleteAuditEvents(ctx context.Context, before time.Time, most int) (int, error)
	// DeleteRefusals deletes the oldest refused attempts but so many.
	DeleteRefusals(ctx context.Context, most int) error
}

// IdentityQuery asks for a page of an organisation's identities.
type IdentityQuery struct {
	OrganizationID string
	ProjectID      string          // the project whose own identities are asked for; empty: the organisation's
	AnyOf          []IdentityMatch // empty: all
	OrderBy        IdentityOrder
	Descending     bool
	Limit          int // 0: all
	Offset         int
}

// IdentityOrder is what a listing is ordered by; the id breaks ties.
type IdentityOrder string

// The orders of a listing. Names are ordered by their bytes.
const (
	ByName IdentityOrder = "name"
	ByRole IdentityOrder = "role"
)

// IdentityMatch matches an identity that fulfils all of its conditions.
type IdentityMatch struct {
	NameContains []string // each, whatever the case, no character special
	NameIn       []string // nil: any name; empty: none
	RoleIn       []string // slugs; nil: any role; empty: none
}

// MembershipQuery asks for a page of the memberships of a project or of an identity. At least one
// of the two is given. They are ordered by the identity's name, or by the project's name where
// only the identity is given; the membership's id breaks ties.
type MembershipQuery struct {
	ProjectID    string
	IdentityID   string
	NameContains string   // of the identity, whatever the case; empty: any
	RoleIn       []string // slugs of which the membership has one at least; nil: any
	Descending   bool
	Limit        int // 0: all
	Offset       int
}

// MembershipSearch asks for a page of memberships in an organisation and in its projects. The
// identity's id breaks ties, and then the membership's.
type MembershipSearch struct {
	OrganizationID string
	InOrganization bool            // those in the organisation itself, of identities that are its own
	ProjectIDs     []string        // and those in these projects
	AnyOf          []IdentityMatch // empty: all; a role is any of the membership's
	OrderBy        IdentityOrder   // the first of several roles decides
	Descending     bool
	Limit          int // 0: all
	Offset         int
}

// TokenMatch selects tokens by each of its fields that is not empty; at least one is not.
type TokenMatch struct {
	ID, ClientSecretID, IdentityID, Method string
}
