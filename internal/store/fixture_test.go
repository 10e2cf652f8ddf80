// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

func newID() string { return uuid.NewString() }

// noon has nanoseconds, which the store truncates to microseconds.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123456789, time.FixedZone("", 3600))

// fixture is a store with one object of each kind.
type fixture struct {
	t            testing.TB
	store        iam.Store
	organization iam.Organization
	role         iam.Role
	identity     iam.Identity
	universal    iam.MethodRecord
	secret       iam.ClientSecret
	token        iam.AccessToken
	project      iam.Project
	projectRole  iam.Role
	membership   iam.ProjectMembership // of the identity in the project
	privilege    iam.Privilege
	folderAccess iam.FolderAccess // of the identity, to a folder of the project
}

func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func seed(t testing.TB, s iam.Store) *fixture {
	t.Helper()
	h := &fixture{t: t, store: s}
	h.organization = iam.Organization{ID: newID(), Name: "Acme", Slug: "acme", CreatedAt: kept(noon)}
	h.role = h.newRole("", "auditor")
	h.identity = h.newIdentity("ci")
	h.identity.Metadata = []iam.Metadata{{ID: newID(), Key: "team", Value: "b"}, {ID: newID(), Key: "team", Value: "a"}}
	h.universal = newUniversalAuth(h.identity.ID)
	h.secret = newSecret(h.universal.ID, "secret")
	h.token = newToken(h.identity.ID, h.secret.ID)
	h.project = h.newProject("shop")
	h.projectRole = h.newRole(h.project.ID, "deployer")
	h.membership = newMembership(h.project.ID, h.identity.ID, newGrant(projectRole("viewer")), passing(newGrant(h.projectRole)))
	h.privilege = newPrivilege(h.membership, "release")
	h.folderAccess = newFolderAccess(h.membership, h.project.Environments[0], "/app")
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertOrganization(t.Context(), h.organization),
			tx.InsertRole(t.Context(), h.role),
			tx.InsertIdentity(t.Context(), h.identity),
			tx.InsertAuthMethod(t.Context(), h.universal),
			tx.InsertClientSecret(t.Context(), h.secret),
			tx.InsertAccessToken(t.Context(), h.token),
			tx.InsertProject(t.Context(), h.project),
			tx.InsertRole(t.Context(), h.projectRole),
			tx.InsertProjectMembership(t.Context(), h.membership),
			tx.InsertPrivilege(t.Context(), h.privilege),
			tx.InsertFolderAccess(t.Context(), h.folderAccess),
		)
	})
	h.identity.AuthMethods = []string{iam.UniversalAuth.Name}
	h.membership = read(h.membership, h.project, h.identity)
	return h
}

// newRole returns a role of the organization or, with a projectID, of that project.
func (h *fixture) newRole(projectID, slug string) iam.Role {
	return iam.Role{
		ID: newID(), RoleScope: iam.RoleScope{OrganizationID: h.organization.ID, ProjectID: projectID},
		Slug: slug, Name: "Auditor", Description: "reads",
		Permissions: permission.Rules{
			{Subject: "identity", Actions: []string{"read", "edit"}},
			{Subject: "identity", Actions: []string{"edit"}, Inverted: true},
		},
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

func (h *fixture) newIdentity(name string) iam.Identity {
	role, _ := iam.BuiltInRole(permission.Member)
	return iam.Identity{
		ID: newID(), OrganizationID: h.organization.ID, Name: name, DeleteProtection: true,
		Metadata: []iam.Metadata{}, AuthMethods: []string{}, LockedMethods: []string{},
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
		Membership: iam.Membership{
			ID: newID(), Role: role, CreatedAt: kept(noon.Add(2 * time.Second)), UpdatedAt: kept(noon.Add(3 * time.Second)),
		},
	}
}

func newTokenSettings() iam.TokenSettings {
	return iam.TokenSettings{
		AccessTokenTTL: time.Hour, AccessTokenMaxTTL: 2 * time.Hour, AccessTokenPeriod: 3 * time.Hour, AccessTokenNumUsesLimit: 4,
		AccessTokenTrustedIPs: iam.TrustedIPs{api.MustParseTrustedIP("10.1.2.3/8"), api.MustParseTrustedIP("2001:DB8::1")},
	}
}

func newSecret(universalAuthID, secret string) iam.ClientSecret {
	return iam.ClientSecret{
		ID: newID(), UniversalAuthID: universalAuthID, Description: "GitHub", Prefix: secret[:4],
		Digest: sha256.Sum256([]byte(secret)), TTL: time.Minute, NumUses: 1, NumUsesLimit: 3,
		LastUsedAt: kept(noon.Add(time.Minute)), CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

func newToken(identityID, secretID string) iam.AccessToken {
	return iam.AccessToken{
		ID: newID(), IdentityID: identityID, Method: iam.UniversalAuth.Name, ClientSecretID: secretID,
		Name: "deploy", Claims: map[string]string{"team": "a"},
		TTL: time.Hour, MaxTTL: 2 * time.Hour, Period: 3 * time.Hour, NumUses: 1, NumUsesLimit: 3,
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(2 * time.Second)), RenewedAt: kept(noon.Add(time.Second)), ExpiresAt: kept(noon.Add(time.Hour)),
		LastUsedAt: kept(noon.Add(time.Minute)),
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *fixture) write(fn func(iam.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(h.t.Context(), fn); err != nil {
		h.t.Fatalf("Write: %v", err)
	}
}

func (h *fixture) identityAt(id string, at time.Time) func(iam.Tx) (iam.Identity, error) {
	return func(tx iam.Tx) (iam.Identity, error) { return tx.Identity(h.t.Context(), id, at) }
}

func (h *fixture) present(identityID string) {
	h.t.Helper()
	if err := h.find(identityID); err != nil {
		h.t.Errorf("Identity: %v", err)
	}
}

func (h *fixture) missing(identityID string) {
	h.t.Helper()
	if err := h.find(identityID); !iam.Is(err, iam.NotFound) {
		h.t.Errorf("Identity: got %v, want an error of kind %s", err, iam.NotFound)
	}
}

func (h *fixture) find(identityID string) error {
	return h.store.Read(h.t.Context(), func(tx iam.Tx) error {
		_, err := tx.Identity(h.t.Context(), identityID, noon)
		return err
	})
}
