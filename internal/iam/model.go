// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Organization holds the identities. A database holds one.
type Organization struct {
	ID, Name, Slug string
	AdminID        string // the identity that the bootstrap file is for; empty: none yet
	CreatedAt      time.Time
}

// RolePlace is where a role is defined: in an organisation or, with a project's ID, in that project.
type RolePlace struct {
	OrganizationID string
	ProjectID      string // empty: the organisation's
}

// Role is an organisation role or a project role. A built-in role has no ID.
type Role struct {
	ID string
	RolePlace
	Slug, Name           string
	Description          string
	Permissions          permission.Rules
	CreatedAt, UpdatedAt time.Time
}

// Project holds environments and the memberships of identities.
type Project struct {
	ID, OrganizationID   string
	Name, Slug           string // the slug is unique in the organisation
	Description          string
	Type                 string
	DeleteProtection     bool
	Settings             ProjectSettings
	Environments         []Environment // in order of position
	CreatedAt, UpdatedAt time.Time
}

// ProjectSettings are kept and answered, and decide nothing here.
type ProjectSettings struct {
	AutoCapitalization          bool
	PITVersionLimit             int64
	SecretSharing               bool
	ShowSnapshotsLegacy         bool
	SecretDetectionIgnoreValues []string
	EnforceEncryptedMetadata    bool
}

// Environment is one of a project's environments; its slug is unique in the project.
type Environment struct {
	ID, ProjectID        string
	Name, Slug           string
	Position             int64 // from 1
	CreatedAt, UpdatedAt time.Time
}

// ProjectMembership is an identity's place in a project.
type ProjectMembership struct {
	ID, ProjectID, IdentityID string
	Roles                     []RoleGrant
	CreatedAt, UpdatedAt      time.Time

	Identity Identity // its lockouts only where identities are searched, its metadata only where one membership is read
	Project  ProjectName
}

// ProjectName is how a project is called.
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

// Window is the time in which a temporary role or privilege counts; the zero value that it is permanent.
type Window struct {
	Range      string // as it was sent, "1h"
	Start, End time.Time
}

// Privilege is a set of rules given to one identity in one project beside its roles.
type Privilege struct {
	ID                    string
	MembershipID          string
	ProjectID, IdentityID string
	Slug                  string // unique in the membership
	Permissions           permission.Rules
	Window                Window
	CreatedAt, UpdatedAt  time.Time
}

// Identity is a workload's account in the organisation or, with a ProjectID, in one project only.
type Identity struct {
	ID, OrganizationID   string
	ProjectID            string // empty: the organisation's
	Name                 string
	DeleteProtection     bool
	Metadata             []Metadata
	CreatedAt, UpdatedAt time.Time

	Membership    Membership
	AuthMethods   []string // attached, in order of name
	LockedMethods []string // of these, those locked out
}

// Metadata is one pair of an identity's metadata. Keys may repeat; the order is kept.
type Metadata struct {
	ID, Key, Value string
}

// Membership is an identity's place in its organisation.
type Membership struct {
	ID                   string
	Role                 Role
	CreatedAt, UpdatedAt time.Time
	LastLoginMethod      string    // empty: never
	LastLoginAt          time.Time // zero: never
}

// Digest is the SHA-256 of a client secret. A secret has 256 random bits, so a fast digest is safe.
type Digest [sha256.Size]byte

// ClientSecret is all that is kept of a client secret.
type ClientSecret struct {
	ID, UniversalAuthID  string
	Description          string
	Prefix               string // the first four characters
	Digest               Digest
	TTL                  time.Duration // 0: for ever
	NumUses              int64
	NumUsesLimit         int64 // 0: no limit
	Revoked              bool
	LastUsedAt           time.Time // zero: never
	CreatedAt, UpdatedAt time.Time
}

// AccessToken is the right that a signed token names; whoever presents the token is asked
// against this. Durations are whole seconds and stay as they were at the login.
type AccessToken struct {
	ID, IdentityID string
	Method         string
	ClientSecretID string            // empty where the method has none
	Name           string            // of those made for an identity; empty: none
	Claims         map[string]string // kept of a JWT, for templates of rules; by name
	TTL            time.Duration
	MaxTTL         time.Duration
	Period         time.Duration
	NumUses        int64
	NumUsesLimit   int64 // 0: no limit
	CreatedAt      time.Time
	UpdatedAt      time.Time // of the name, by whoever changed it
	RenewedAt      time.Time // zero: never
	ExpiresAt      time.Time // of the last token signed for it
	LastUsedAt     time.Time // kept only for tokens whose uses are limited
	Revocation     Revocation
}

// Revocation says when and why a token was revoked; the zero value that it was not.
type Revocation struct {
	At     time.Time
	Reason string
}

// Bearer is a token with what decides about its use now.
type Bearer struct {
	Token          AccessToken
	OrganizationID string
	IdentityName   string
	Role           Role
	TrustedIPs     TrustedIPs // of the token's method as it is now
}

// SigningKey signs tokens. Older keys go on verifying.
type SigningKey struct {
	ID        string
	Secret    []byte
	CreatedAt time.Time
}

// Use is one attempt to use a credential.
type Use struct {
	At   time.Time
	From netip.Addr
}
