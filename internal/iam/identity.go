// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Longest texts, in characters.
const (
	maxName          = 255
	maxMetadataKey   = 255
	maxMetadataValue = 1020
)

// IdentityInput is what a caller says of an identity. Nil: the default of a new identity, or
// as it is.
type IdentityInput struct {
	Name             *string
	Role             *string // slug
	DeleteProtection *bool
	Metadata         *[]Metadata // replaces all
}

// CreateIdentity makes an identity in the actor's organisation, without access unless a role is given.
func (s *Service) CreateIdentity(ctx context.Context, a Actor, organizationID string, in IdentityInput) (Identity, error) {
	return change(ctx, s, a, inOrganization, must(on(permission.Create)), func(h here) (Identity, error) {
		if err := h.MustBelong(organizationID); err != nil {
			return Identity{}, err
		}
		if in.Role == nil {
			none := permission.NoAccess
			in.Role = &none
		}
		i, err := s.newIdentity(ctx, h, in)
		if err != nil {
			return Identity{}, err
		}
		return i, h.tx.InsertIdentity(ctx, i)
	})
}

// newIdentity is one of the place that the actor is in.
func (s *Service) newIdentity(ctx context.Context, h here, in IdentityInput) (Identity, error) {
	i := newIdentity(h.OrganizationID, s.time())
	i.ProjectID = h.project.ID
	if in.Name == nil {
		in.Name = new(string)
	}
	return i, s.apply(ctx, h, &i, in, "Failed to create identity")
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

// UpdateIdentity changes what in speaks of.
func (s *Service) UpdateIdentity(ctx context.Context, a Actor, id string, in IdentityInput) (Identity, error) {
	return change(ctx, s, a, atIdentity(id), must(on(permission.Edit)), func(h here) (Identity, error) {
		if h.identity.ProjectID != "" {
			return Identity{}, managedByProject()
		}
		return s.updateIdentity(ctx, h, in)
	})
}

func managedByProject() error { return Refuse(BadRequest, "Identity is managed by project") }

func (s *Service) updateIdentity(ctx context.Context, h here, in IdentityInput) (Identity, error) {
	const base = "Failed to update identity"
	if err := s.takeCharge(ctx, h, base); err != nil {
		return Identity{}, err
	}
	i := h.identity
	if err := s.apply(ctx, h, &i, in, base); err != nil {
		return Identity{}, err
	}
	if in.Name != nil || in.Metadata != nil {
		if err := s.coversTemplates(ctx, h, i, base); err != nil {
			return Identity{}, err
		}
	}
	return i, h.tx.UpdateIdentity(ctx, i)
}

// apply puts the input into the identity. Another role than it has takes the privilege to grant.
func (s *Service) apply(ctx context.Context, h here, i *Identity, in IdentityInput, base string) error {
	now := s.time()
	i.UpdatedAt = now
	if in.Name != nil {
		name, err := text("name", *in.Name, 1, maxName)
		if err != nil {
			return err
		}
		i.Name = name
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
	role, err := s.role(ctx, h.tx, RolePlace{OrganizationID: h.OrganizationID}, "role", *in.Role)
	if err != nil || role.Slug == i.Membership.Role.Slug {
		return err
	}
	if err := h.MustManage(base, nil, on(permission.GrantPrivileges)); err != nil {
		return err
	}
	i.Membership.Role = role
	i.Membership.UpdatedAt = now
	return s.handOut(ctx, h, base, i.grant())
}

func newMetadata(pairs []Metadata) ([]Metadata, error) {
	made := make([]Metadata, len(pairs))
	for n, pair := range pairs {
		key, err := text(fmt.Sprintf("metadata.%d.key", n), pair.Key, 1, maxMetadataKey)
		if err != nil {
			return nil, err
		}
		value, err := text(fmt.Sprintf("metadata.%d.value", n), pair.Value, 1, maxMetadataValue)
		if err != nil {
			return nil, err
		}
		made[n] = Metadata{ID: newID(), Key: key, Value: value}
	}
	return made, nil
}

// Identity reads one identity.
func (s *Service) Identity(ctx context.Context, a Actor, id string) (Identity, error) {
	return look(ctx, s, a, atIdentity(id), must(on(permission.Read)), func(h here) (Identity, error) { return h.identity, nil })
}

// IdentityPage is a page of identities and the number on all pages.
type IdentityPage struct {
	Identities []Identity
	Total      int
}

// Identities lists a page of an organisation's identities or, with a project, of that project's
// own; without their metadata.
func (s *Service) Identities(ctx context.Context, a Actor, q IdentityQuery) (IdentityPage, error) {
	return look(ctx, s, a, Where{ProjectID: q.ProjectID}.place(), must(on(permission.Read)), func(h here) (IdentityPage, error) {
		if err := h.MustBelong(q.OrganizationID); err != nil {
			return IdentityPage{}, err
		}
		found, total, err := h.tx.Identities(ctx, q)
		return IdentityPage{Identities: found, Total: total}, err
	})
}

// DeleteIdentity deletes an identity with everything that belongs to it; its tokens die at once.
func (s *Service) DeleteIdentity(ctx context.Context, a Actor, id string) (Identity, error) {
	return change(ctx, s, a, atIdentity(id), must(on(permission.Delete)), func(h here) (Identity, error) {
		if h.identity.ProjectID != "" {
			return Identity{}, managedByProject()
		}
		return s.deleteIdentity(ctx, h, "Identity has delete protection")
	})
}

func (s *Service) deleteIdentity(ctx context.Context, h here, protected string) (Identity, error) {
	if err := s.takeCharge(ctx, h, "Failed to delete identity"); err != nil {
		return Identity{}, err
	}
	if h.identity.DeleteProtection {
		return Identity{}, Refuse(Conflict, "%s", protected)
	}
	return h.identity, h.tx.DeleteIdentity(ctx, h.identity.ID)
}

// Organization answers the actor's own organisation; everyone may know where they are.
func (s *Service) Organization(ctx context.Context, a Actor) (Organization, error) {
	return look(ctx, s, a, inOrganization, everybody, func(h here) (Organization, error) { return h.tx.Organization(ctx) })
}
