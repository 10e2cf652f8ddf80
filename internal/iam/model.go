// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Organization contains identities and projects. A database has one.
type Organization struct {
	ID, Name, Slug string
	AdminID        string // the identity of the bootstrap file; empty: none yet
	CreatedAt      time.Time
}

// RoleScope is where a role is defined: in an organization or in one project of it.
type RoleScope struct {
	OrganizationID string
	ProjectID      string // empty: an organization role
}

// Role is an organization role or a project role. A built-in role has no ID.
type Role struct {
	ID string
	RoleScope
	Slug, Name           string
	Description          string
	Permissions          permission.Rules
	CreatedAt, UpdatedAt time.Time
}

// Project contains environments and has identities as members.
type Project struct {
	ID, OrganizationID   string
	Name, Slug           string // the slug is unique in the organization
	Description          string
	Type                 string
	DeleteProtection     bool
	Settings             ProjectSettings
	Environments         []Environment // by position
	CreatedAt, UpdatedAt time.Time
}

// ProjectSettings are stored and returned; no rule depends on them.
type ProjectSettings struct {
	AutoCapitalization          bool
	PITVersionLimit             int64
	SecretSharing               bool
	ShowSnapshotsLegacy         bool
	SecretDetectionIgnoreValues []string
	EnforceEncryptedMetadata    bool
	AuditLogsRetentionDays      *int64 // nil: the default of the server
}

// Environment is an environment of a project; its slug is unique in the project.
type Environment struct {
	ID, ProjectID        string
	Name, Slug           string
	Position             int64 // from 1
	CreatedAt, UpdatedAt time.Time
	DeletedAt            time.Time // zero: not deleted
	DeletedBy            string    // ID of an identity
}

// ProjectMembership makes an identity a member of a project, with one or more roles.
type ProjectMembership struct {
	ID, ProjectID, IdentityID string
	Roles                     []RoleGrant
	CreatedAt, UpdatedAt      time.Time

	Identity Identity // without lockouts unless from SearchMemberships, without metadata unless a single membership is read
	Project  ProjectName
}

// ProjectName has the names and the type of a project.
type ProjectName struct {
	Name, Slug string
	Type       string
}

// RoleGrant is one role of a project membership.
type RoleGrant struct {
	ID                   string
	Role                 Role
	Window               Window
	CreatedAt, UpdatedAt time.Time
}

// Window is the time in which a temporary role or privilege is active. The zero value is permanent.
type Window struct {
	Range      string // as it was sent, such as "1h"
	Start, End time.Time
}

// Privilege is an additional set of rules for one identity in one project.
type Privilege struct {
	ID                    string
	MembershipID          string
	ProjectID, IdentityID string
	Slug                  string // unique in the membership
	Permissions           permission.Rules
	Window                Window
	CreatedAt, UpdatedAt  time.Time
}

// FolderAccess is the access of one identity to one folder, in place of what its roles allow there.
type FolderAccess struct {
	ID                         string
	MembershipID               string
	ProjectID, IdentityID      string
	EnvironmentID, Environment string // ID and slug
	Path                       string // unique in the membership and the environment
	Level                      string
	Window                     Window
	CreatedAt, UpdatedAt       time.Time
}

// Identity is a machine identity: a non-human account in the organization or, with a ProjectID, in that project only.
type Identity struct {
	ID, OrganizationID   string
	ProjectID            string // empty: an identity of the organization
	Name                 string
	DeleteProtection     bool
	Metadata             []Metadata
	CreatedAt, UpdatedAt time.Time

	Membership    Membership
	AuthMethods   []string // attached, by name
	LockedMethods []string // the attached ones that are locked
}

// Metadata is a key-value pair of an identity. Keys may repeat; the order is preserved.
type Metadata struct {
	ID, Key, Value string
}

// Membership is the membership of an identity in its organization.
type Membership struct {
	ID                   string
	Role                 Role
	CreatedAt, UpdatedAt time.Time
	LastLoginMethod      string    // empty: never
	LastLoginAt          time.Time // zero: never
}

// Digest is the SHA-256 of a client secret. A secret has 256 random bits, so a fast digest is safe.
type Digest [sha256.Size]byte

// ClientSecret is the stored part of a client secret: not the secret itself.
type ClientSecret struct {
	ID, UniversalAuthID  string
	Description          string
	Prefix               string // the first four characters
	Digest               Digest
	TTL                  time.Duration // 0: unlimited
	NumUses              int64
	NumUsesLimit         int64 // 0: no limit
	Revoked              bool
	LastUsedAt           time.Time // zero: never
	CreatedAt, UpdatedAt time.Time
}

// AccessToken is the stored state of a signed token. Durations are whole seconds and are those of the
// auth method at the login.
type AccessToken struct {
	ID, IdentityID string
	Method         string
	ClientSecretID string            // empty unless the method is Universal Auth
	Name           string            // Token auth only; may be empty
	Claims         map[string]string // stored at an OIDC login for templates of rules, by name
	TTL            time.Duration
	MaxTTL         time.Duration
	Period         time.Duration
	NumUses        int64
	NumUsesLimit   int64 // 0: no limit
	CreatedAt      time.Time
	UpdatedAt      time.Time // of the name
	RenewedAt      time.Time // zero: never
	ExpiresAt      time.Time // of the token that was signed last
	LastUsedAt     time.Time // only set if the number of uses is limited
	Revocation     Revocation
}

// Revocation is the time and the reason of a revocation. The zero value is not revoked.
type Revocation struct {
	At     time.Time
	Reason string
}

// Bearer is an access token with everything that its authentication depends on.
type Bearer struct {
	Token          AccessToken
	OrganizationID string
	IdentityName   string
	Role           Role
	TrustedIPs     TrustedIPs // the current ones of the auth method
}

// SigningKey signs and verifies access tokens. The newest key signs; older ones only verify.
type SigningKey struct {
	ID        string
	Secret    []byte
	CreatedAt time.Time
}

// Use is an attempt to use a credential.
type Use struct {
	At   time.Time
	From netip.Addr
}
