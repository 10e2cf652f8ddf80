// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

// Store persists the data of a Service. All engines pass one conformance suite.
type Store interface {
	// Read runs fn on one consistent snapshot.
	Read(ctx context.Context, fn func(Tx) error) error

	// Write runs fn in a transaction, one writer at a time, and commits its changes durably before it
	// returns; an error of fn rolls them back. fn may run more than once, so it must set every
	// variable that it changes outside of the Tx.
	Write(ctx context.Context, fn func(Tx) error) error

	Close() error
}

// Tx has the operations of one Read or Write; those that change something require a Write. They
// return an error of kind NotFound if an object does not exist, and of kind Conflict if a unique
// value is taken. After any error but NotFound the Tx is unusable and fn must return an error. No
// method checks a rule.
type Tx interface {
	Organization(ctx context.Context) (Organization, error)
	InsertOrganization(ctx context.Context, o Organization) error
	// SetOrganizationAdmin sets the identity of the bootstrap file.
	SetOrganizationAdmin(ctx context.Context, identityID string) error

	// SigningKeys lists all keys, the newest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	InsertSigningKey(ctx context.Context, k SigningKey) error

	// Role returns a custom role.
	Role(ctx context.Context, p RoleScope, slug string) (Role, error)
	RoleByID(ctx context.Context, id string) (Role, error)
	// Roles lists the custom roles of a scope, the oldest first.
	Roles(ctx context.Context, p RoleScope) ([]Role, error)
	InsertRole(ctx context.Context, r Role) error
	// UpdateRole replaces everything but the ID, the scope and the creation time.
	UpdateRole(ctx context.Context, r Role) error
	// DeleteRole returns a Conflict while the role is assigned.
	DeleteRole(ctx context.Context, id string) error
	// RoleHolders counts the organization and project memberships with the role.
	RoleHolders(ctx context.Context, id string) (int, error)

	// Identity returns an identity with its metadata and the lockouts that are active at that time.
	Identity(ctx context.Context, id string, at time.Time) (Identity, error)
	// Identities returns a page, without metadata and lockouts, and the total number of matches.
	Identities(ctx context.Context, q IdentityQuery) ([]Identity, int, error)
	InsertIdentity(ctx context.Context, i Identity) error
	// UpdateIdentity replaces the name, the delete protection, the role, the metadata and the update times.
	UpdateIdentity(ctx context.Context, i Identity) error
	// DeleteIdentity deletes an identity with everything that belongs to it.
	DeleteIdentity(ctx context.Context, id string) error
	RecordLogin(ctx context.Context, identityID, method string, at time.Time) error

	// Project returns a project with its environments.
	Project(ctx context.Context, id string) (Project, error)
	ProjectBySlug(ctx context.Context, organizationID, slug string) (Project, error)
	// Projects lists the projects that the identity is a member of, by name, with their environments.
	Projects(ctx context.Context, organizationID, memberID string) ([]Project, error)
	InsertProject(ctx context.Context, p Project) error // with its environments
	// UpdateProject replaces everything but the IDs, the type, the environments and the creation time.
	UpdateProject(ctx context.Context, p Project) error
	// DeleteProject deletes a project with everything in it, including its own identities.
	DeleteProject(ctx context.Context, id string) error
	// Environment returns an environment that is not deleted.
	Environment(ctx context.Context, id string) (Environment, error)
	InsertEnvironment(ctx context.Context, e Environment) error
	// UpdateEnvironment replaces the name, the slug, the position, the update time and the deletion.
	UpdateEnvironment(ctx context.Context, e Environment) error
	DeleteEnvironment(ctx context.Context, id string) error
	// DeletedEnvironment returns a deleted environment, which the other methods do not find.
	DeletedEnvironment(ctx context.Context, id string) (Environment, error)
	// DeleteExpiredEnvironments deletes up to limit environments that were deleted before that time.
	DeleteExpiredEnvironments(ctx context.Context, before time.Time, limit int) (int, error)

	ProjectMembership(ctx context.Context, projectID, identityID string) (ProjectMembership, error)
	ProjectMembershipByID(ctx context.Context, id string) (ProjectMembership, error)
	// ProjectMemberships returns a page and the total number of matches.
	ProjectMemberships(ctx context.Context, q MembershipQuery) ([]ProjectMembership, int, error)
	InsertProjectMembership(ctx context.Context, m ProjectMembership) error // with its roles
	// ReplaceMembershipRoles replaces all roles and the update time.
	ReplaceMembershipRoles(ctx context.Context, m ProjectMembership) error
	// DeleteProjectMembership deletes a membership with the privileges and the folder access of the
	// identity in the project.
	DeleteProjectMembership(ctx context.Context, id string) error

	Privilege(ctx context.Context, id string) (Privilege, error)
	PrivilegeBySlug(ctx context.Context, projectID, identityID, slug string) (Privilege, error)
	// Privileges lists the privileges of an identity, the oldest first, in one project or, with an
	// empty projectID, in all.
	Privileges(ctx context.Context, projectID, identityID string) ([]Privilege, error)
	InsertPrivilege(ctx context.Context, p Privilege) error
	// UpdatePrivilege replaces the slug, the rules, the window and the update time.
	UpdatePrivilege(ctx context.Context, p Privilege) error
	DeletePrivilege(ctx context.Context, id string) error

	// FolderAccesses lists what the query selects, by environment and path.
	FolderAccesses(ctx context.Context, q FolderAccessQuery) ([]FolderAccess, error)
	// InsertFolderAccess is a Conflict if the membership has access to the folder.
	InsertFolderAccess(ctx context.Context, f FolderAccess) error
	// UpdateFolderAccess replaces the level, the window and the update time.
	UpdateFolderAccess(ctx context.Context, f FolderAccess) error
	DeleteFolderAccess(ctx context.Context, id string) error

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
	// ClientSecrets lists the client secrets that are not revoked, the oldest first.
	ClientSecrets(ctx context.Context, universalAuthID string) ([]ClientSecret, error)
	InsertClientSecret(ctx context.Context, c ClientSecret) error
	// UseClientSecret counts one use, or returns false if the limit is reached.
	UseClientSecret(ctx context.Context, id string, at time.Time) (bool, error)
	RevokeClientSecret(ctx context.Context, id string, at time.Time) error

	// Lockout returns the zero Lockout if there is none.
	Lockout(ctx context.Context, identityID, method string) (Lockout, error)
	PutLockout(ctx context.Context, l Lockout) error
	DeleteLockout(ctx context.Context, identityID, method string) error

	// Bearer returns an access token with everything that its authentication depends on.
	Bearer(ctx context.Context, tokenID string) (Bearer, error)
	AccessToken(ctx context.Context, id string) (AccessToken, error)
	// AccessTokens returns a page of the tokens that an auth method issued to an identity, the newest first.
	AccessTokens(ctx context.Context, identityID, method string, limit, offset int) ([]AccessToken, error)
	InsertAccessToken(ctx context.Context, t AccessToken) error
	NameAccessToken(ctx context.Context, id, name string, at time.Time) error
	// UseAccessToken counts one use, or returns false if the limit is reached.
	UseAccessToken(ctx context.Context, id string, at time.Time) (bool, error)
	// RenewAccessToken sets the time of the renewal and the new expiry.
	RenewAccessToken(ctx context.Context, id string, at, until time.Time) error
	// RevokeAccessTokens revokes the matching tokens that are not revoked yet, and counts them.
	RevokeAccessTokens(ctx context.Context, m TokenMatch, r Revocation) (int, error)

	// DeleteExpiredAccessTokens deletes up to limit tokens that expired before that time and are in no
	// listing, and counts them.
	DeleteExpiredAccessTokens(ctx context.Context, before time.Time, limit int) (int, error)
	// DeleteForgottenLockouts deletes up to limit lockouts that have neither locked nor counted since that time.
	DeleteForgottenLockouts(ctx context.Context, before time.Time, limit int) (int, error)
	// SpentClientSecrets lists the IDs, greater than after, of up to limit client secrets that were
	// revoked, expired or used up before that time and of which no token is left.
	SpentClientSecrets(ctx context.Context, before time.Time, after string, limit int) ([]string, error)
	// DeleteSpentClientSecret returns false if the secret does not exist or can still be used.
	DeleteSpentClientSecret(ctx context.Context, id string, before time.Time) (bool, error)

	InsertAuditEvent(ctx context.Context, e AuditEvent) error
	// AuditEvents returns a page, the newest first.
	AuditEvents(ctx context.Context, q AuditQuery) ([]AuditEvent, error)
	// DeleteAuditEvents deletes up to limit events from before that time, and counts them.
	DeleteAuditEvents(ctx context.Context, before time.Time, limit int) (int, error)
	// DeleteRefusals deletes the oldest denied attempts, and keeps the newest ones up to that number.
	DeleteRefusals(ctx context.Context, keep int) error
}

// IdentityQuery selects a page of the identities of an organization or of a project.
type IdentityQuery struct {
	OrganizationID string
	ProjectID      string          // identities of that project; empty: of the organization
	AnyOf          []IdentityMatch // empty: all
	OrderBy        IdentityOrder
	Descending     bool
	Limit          int // 0: all
	Offset         int
}

// IdentityOrder is the order of a listing; the ID breaks ties.
type IdentityOrder string

// The orders of a listing. Names are compared as bytes.
const (
	ByName IdentityOrder = "name"
	ByRole IdentityOrder = "role"
)

// IdentityMatch matches identities that meet all of its conditions.
type IdentityMatch struct {
	NameContains []string // all of them; case is ignored, no character is special
	NameIn       []string // nil: any; empty: none
	RoleIn       []string // slugs; nil: any; empty: none
}

// MembershipQuery selects a page of the memberships of a project, of an identity, or the one of both;
// at least one ID is set. The order is by the name of the identity, or by the name of the project if
// only IdentityID is set; the ID of the membership breaks ties.
type MembershipQuery struct {
	ProjectID    string
	IdentityID   string
	NameContains string   // of the identity, case is ignored; empty: any
	RoleIn       []string // slugs, of which the membership has at least one; nil: any
	Descending   bool
	Limit        int // 0: all
	Offset       int
}

// FolderAccessQuery selects by all fields that are not empty. At least one of the IDs is set.
type FolderAccessQuery struct {
	ProjectID, IdentityID string
	EnvironmentID, Path   string
}

// TokenMatch selects access tokens by all fields that are not empty; at least one is not.
type TokenMatch struct {
	ID, ClientSecretID, IdentityID, Method string
}
