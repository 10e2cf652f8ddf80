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
	return change(ctx, s, a, must(on(permission.Create)), func(tx Tx, a Actor) (Identity, error) {
		if err := a.MustBelong(organizationID); err != nil {
			return Identity{}, err
		}
		i := newIdentity(a.OrganizationID, s.time())
		if in.Role == nil {
			none := permission.NoAccess
			in.Role = &none
		}
		if in.Name == nil {
			in.Name = new(string)
		}
		if err := s.apply(ctx, tx, a, &i, in, "Failed to create identity"); err != nil {
			return Identity{}, err
		}
		return i, tx.InsertIdentity(ctx, i)
	})
}

// UpdateIdentity changes what in speaks of.
func (s *Service) UpdateIdentity(ctx context.Context, a Actor, id string, in IdentityInput) (Identity, error) {
	return change(ctx, s, a, must(on(permission.Edit)), func(tx Tx, a Actor) (Identity, error) {
		i, err := s.identity(ctx, tx, a, id)
		if err != nil {
			return Identity{}, err
		}
		if err := s.apply(ctx, tx, a, &i, in, "Failed to update identity"); err != nil {
			return Identity{}, err
		}
		return i, tx.UpdateIdentity(ctx, i)
	})
}

// apply puts the input into the identity. Giving it a role that can do anything takes the
// privilege to grant.
func (s *Service) apply(ctx context.Context, tx Tx, a Actor, i *Identity, in IdentityInput, base string) error {
	now := s.time()
	i.UpdatedAt = now
	if in.Name != nil {
		name, err := text("name", *in.Name, 1, maxName)
		if err != nil {
			return err
		}
		i.Name = name
	}
	if in.DeleteProtection != nil {
		i.DeleteProtection = *in.DeleteProtection
	}
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
	role, err := s.role(ctx, tx, a.OrganizationID, *in.Role)
	if err != nil {
		return err
	}
	created := i.Membership.Role.Slug == ""
	if role.Slug == i.Membership.Role.Slug {
		return nil
	}
	if !created || role.Slug != permission.NoAccess {
		if err := a.MustManage(base, on(permission.GrantPrivileges)); err != nil {
			return err
		}
	}
	i.Membership.Role = role
	i.Membership.UpdatedAt = now
	return nil
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
	if err := a.Must(on(permission.Read)); err != nil {
		return Identity{}, err
	}
	return read(ctx, s, func(tx Tx) (Identity, error) { return s.identity(ctx, tx, a, id) })
}

// identity finds one of the actor's organisation.
func (s *Service) identity(ctx context.Context, tx Tx, a Actor, id string) (Identity, error) {
	i, err := tx.Identity(ctx, id, s.time())
	if Is(err, NotFound) || err == nil && i.OrganizationID != a.OrganizationID {
		return Identity{}, Refuse(NotFound, "Failed to find identity with id %s", id)
	}
	return i, err
}

// IdentityPage is a page of identities and the number on all pages.
type IdentityPage struct {
	Identities []Identity
	Total      int
}

// Identities lists a page of an organisation's identities, without their metadata.
func (s *Service) Identities(ctx context.Context, a Actor, q IdentityQuery) (IdentityPage, error) {
	if err := a.Must(on(permission.Read)); err != nil {
		return IdentityPage{}, err
	}
	if err := a.MustBelong(q.OrganizationID); err != nil {
		return IdentityPage{}, err
	}
	return read(ctx, s, func(tx Tx) (IdentityPage, error) {
		found, total, err := tx.Identities(ctx, q)
		return IdentityPage{Identities: found, Total: total}, err
	})
}

// DeleteIdentity deletes an identity with everything that belongs to it; its tokens die at once.
func (s *Service) DeleteIdentity(ctx context.Context, a Actor, id string) (Identity, error) {
	return change(ctx, s, a, must(on(permission.Delete)), func(tx Tx, a Actor) (Identity, error) {
		i, err := s.identity(ctx, tx, a, id)
		if err != nil {
			return Identity{}, err
		}
		if i.DeleteProtection {
			return Identity{}, Refuse(Conflict, "Identity has delete protection")
		}
		return i, tx.DeleteIdentity(ctx, id)
	})
}

// Organization answers the actor's own organisation; everyone may know where they are.
func (s *Service) Organization(ctx context.Context, a Actor) (Organization, error) {
	if err := a.MustBelong(a.OrganizationID); err != nil {
		return Organization{}, err
	}
	return read(ctx, s, func(tx Tx) (Organization, error) { return tx.Organization(ctx) })
}

func newIdentity(organizationID string, now time.Time) Identity {
	return Identity{
		ID: newID(), OrganizationID: organizationID, CreatedAt: now, UpdatedAt: now,
		Membership:  Membership{ID: newID(), CreatedAt: now, UpdatedAt: now},
		Metadata:    []Metadata{},
		AuthMethods: []string{},
	}
}
