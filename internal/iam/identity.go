// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Maximum lengths, in characters.
const (
	maxName          = 255
	maxMetadataKey   = 255
	maxMetadataValue = 1020
)

// IdentityInput contains the fields of a request to create or update an identity. Nil: the default in a
// new one, else unchanged.
type IdentityInput struct {
	Name             *string
	Role             *string // slug
	DeleteProtection *bool
	Metadata         *[]Metadata // replaces all
}

// CreateIdentity creates an identity in the organization of the actor. The default role is no-access.
func (s *Service) CreateIdentity(ctx context.Context, a Actor, organizationID string, in IdentityInput) (Identity, error) {
	return update(ctx, s, a, "create-identity", organizationScope, require(onIdentity(permission.Create)), func(sc scope) (Identity, error) {
		if err := sc.CheckOrganization(organizationID); err != nil {
			return Identity{}, err
		}
		if in.Role == nil {
			none := permission.NoAccess
			in.Role = &none
		}
		i, err := s.newIdentity(ctx, sc, in)
		if err != nil {
			return Identity{}, err
		}
		return i, sc.tx.InsertIdentity(ctx, i)
	})
}

// newIdentity returns an identity of the organization or project of the scope.
func (s *Service) newIdentity(ctx context.Context, sc scope, in IdentityInput) (Identity, error) {
	i := newIdentity(sc.OrganizationID, s.time())
	i.ProjectID = sc.project.ID
	in.Name = orEmpty(in.Name)
	return i, s.apply(ctx, sc, &i, in, "Failed to create identity")
}

func newIdentity(organizationID string, now time.Time) Identity {
	none, _ := BuiltInRole(permission.NoAccess)
	return Identity{
		ID: newID(), OrganizationID: organizationID, CreatedAt: now, UpdatedAt: now,
		Membership:  Membership{ID: newID(), Role: none, CreatedAt: now, UpdatedAt: now},
		Metadata:    []Metadata{},
		AuthMethods: []string{},
	}
}

// UpdateIdentity changes the fields that are set.
func (s *Service) UpdateIdentity(ctx context.Context, a Actor, id string, in IdentityInput) (Identity, error) {
	return update(ctx, s, a, "update-identity", identityScope(id), require(onIdentity(permission.Edit)), func(sc scope) (Identity, error) {
		if sc.identity.ProjectID != "" {
			return Identity{}, managedByProject()
		}
		return s.updateIdentity(ctx, sc, in)
	})
}

func managedByProject() error { return Errorf(BadRequest, "Identity is managed by project") }

func (s *Service) updateIdentity(ctx context.Context, sc scope, in IdentityInput) (Identity, error) {
	const base = "Failed to update identity"
	if err := s.checkControl(ctx, sc, base); err != nil {
		return Identity{}, err
	}
	i := sc.identity
	if err := s.apply(ctx, sc, &i, in, base); err != nil {
		return Identity{}, err
	}
	if in.Name != nil || in.Metadata != nil {
		if err := s.checkTemplateValues(ctx, sc, i, base); err != nil {
			return Identity{}, err
		}
	}
	return i, sc.tx.UpdateIdentity(ctx, i)
}

// apply applies the input to the identity. A change of the role requires the permission to grant privileges.
func (s *Service) apply(ctx context.Context, sc scope, i *Identity, in IdentityInput, base string) error {
	now := s.time()
	i.UpdatedAt = now
	if err := setText("name", &i.Name, in.Name, 1, maxName); err != nil {
		return err
	}
	set(&i.DeleteProtection, in.DeleteProtection)
	if in.Metadata != nil {
		metadata, err := newMetadata(*in.Metadata)
		if err != nil {
			return err
		}
		i.Metadata = metadata
	}
	if in.Role == nil {
		return nil
	}
	role, err := s.role(ctx, sc.tx, RoleScope{OrganizationID: sc.OrganizationID}, "role", *in.Role)
	if err == nil {
		err = s.checkRolePlan("assign", role)
	}
	if err != nil || role.Slug == i.Membership.Role.Slug {
		return err
	}
	if err := sc.checkManagement(base, nil, onIdentity(permission.GrantPrivileges)); err != nil {
		return err
	}
	i.Membership.Role = role
	i.Membership.UpdatedAt = now
	return s.checkGrant(ctx, sc, base, i.grant())
}

func newMetadata(pairs []Metadata) ([]Metadata, error) {
	made := make([]Metadata, len(pairs))
	for n, pair := range pairs {
		key, err := parseText(fmt.Sprintf("metadata.%d.key", n), pair.Key, 1, maxMetadataKey)
		if err != nil {
			return nil, err
		}
		value, err := parseText(fmt.Sprintf("metadata.%d.value", n), pair.Value, 1, maxMetadataValue)
		if err != nil {
			return nil, err
		}
		made[n] = Metadata{ID: newID(), Key: key, Value: value}
	}
	return made, nil
}

// Identity returns an identity.
func (s *Service) Identity(ctx context.Context, a Actor, id string) (Identity, error) {
	return view(ctx, s, a, identityScope(id), require(onIdentity(permission.Read)), func(sc scope) (Identity, error) { return sc.identity, nil })
}

// IdentityPage is a page of identities and the total number of matches.
type IdentityPage struct {
	Identities []Identity
	Total      int
}

// Identities returns a page of the identities of an organization or, with a project, of that project,
// without metadata.
func (s *Service) Identities(ctx context.Context, a Actor, q IdentityQuery) (IdentityPage, error) {
	return view(ctx, s, a, ScopeRef{ProjectID: q.ProjectID}.resolver(), require(onIdentity(permission.Read)), func(sc scope) (IdentityPage, error) {
		if err := sc.CheckOrganization(q.OrganizationID); err != nil {
			return IdentityPage{}, err
		}
		found, total, err := sc.tx.Identities(ctx, q)
		return IdentityPage{Identities: found, Total: total}, err
	})
}

// DeleteIdentity deletes an identity with everything that belongs to it. Its access tokens are rejected at once.
func (s *Service) DeleteIdentity(ctx context.Context, a Actor, id string) (Identity, error) {
	return update(ctx, s, a, "delete-identity", identityScope(id), require(onIdentity(permission.Delete)), func(sc scope) (Identity, error) {
		if sc.identity.ProjectID != "" {
			return Identity{}, managedByProject()
		}
		return s.deleteIdentity(ctx, sc, "Identity has delete protection")
	})
}

func (s *Service) deleteIdentity(ctx context.Context, sc scope, protected string) (Identity, error) {
	if err := s.checkRevocation(ctx, sc, "Failed to delete identity"); err != nil {
		return Identity{}, err
	}
	if sc.identity.DeleteProtection {
		return Identity{}, Errorf(Conflict, "%s", protected)
	}
	return sc.identity, sc.tx.DeleteIdentity(ctx, sc.identity.ID)
}

// Organization returns the organization of the actor.
func (s *Service) Organization(ctx context.Context, a Actor) (Organization, error) {
	return view(ctx, s, a, organizationScope, requireNothing, func(sc scope) (Organization, error) { return sc.tx.Organization(ctx) })
}

func (i Identity) addTargets(e *AuditEvent) { e.addTarget("identityId", i.ID) }
