// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

const (
	maxPrivilegeSlug      = 60
	randomPrivilegeLength = 8
)

// PrivilegeInput is what a caller says of an additional privilege. Nil: the default of a new one,
// or as it is.
type PrivilegeInput struct {
	Slug        *string
	Permissions *permission.Rules
	Window      *WindowInput
}

// PrivilegeRef names a privilege: by its id or by its slug, which is one of an identity in a project.
type PrivilegeRef struct {
	ID               string
	Project          Where
	IdentityID, Slug string
}

func (r PrivilegeRef) place() place {
	if r.ID != "" {
		return ofPrivilege(r.ID)
	}
	return memberAt(r.Project.inProject(), r.IdentityID)
}

// find is for somebody who is in the place.
func (r PrivilegeRef) find(ctx context.Context, h here) (Privilege, error) {
	if r.ID != "" {
		return h.tx.Privilege(ctx, r.ID)
	}
	p, err := h.tx.PrivilegeBySlug(ctx, h.project.ID, r.IdentityID, r.Slug)
	if Is(err, NotFound) {
		return Privilege{}, Refuse(NotFound, "Additional privilege with slug %s doesn't exist", shown(r.Slug))
	}
	return p, err
}

// CreatePrivilege gives a member of a project rules beside its roles. One that denies something takes
// charge of the member.
func (s *Service) CreatePrivilege(ctx context.Context, a Actor, w Where, identityID string, in PrivilegeInput) (Privilege, error) {
	return change(ctx, s, a, memberAt(w.inProject(), identityID), must(on(permission.Edit)), func(h here) (Privilege, error) {
		m, err := h.tx.ProjectMembership(ctx, h.project.ID, identityID)
		if Is(err, NotFound) {
			return Privilege{}, Refuse(BadRequest, "Identity %s doesn't have membership", shown(identityID))
		}
		if err != nil {
			return Privilege{}, err
		}
		now := s.time()
		p := Privilege{
			ID: newID(), MembershipID: m.ID, ProjectID: h.project.ID, IdentityID: identityID,
			Permissions: permission.Rules{}, CreatedAt: now,
		}
		if in.Slug == nil || *in.Slug == "" {
			random := strings.ToLower(rand.Text()[:randomPrivilegeLength])
			in.Slug = &random
		}
		const base = "Failed to create additional privilege"
		if err := s.grantPrivilege(ctx, h, &p, in, base); err != nil {
			return Privilege{}, err
		}
		if slices.ContainsFunc(p.Permissions, func(r permission.Rule) bool { return r.Inverted }) {
			if _, err := s.ofMember(ctx, h, identityID, base); err != nil {
				return Privilege{}, err
			}
		}
		return p, privilegeTaken(p, h.tx.InsertPrivilege(ctx, p))
	})
}

func privilegeTaken(p Privilege, err error) error {
	if Is(err, Conflict) {
		return Refuse(Conflict, "Additional privilege with name %s exists", p.Slug)
	}
	return err
}

// grantPrivilege puts the input into the privilege. Each rule takes the privilege to hand it out.
func (s *Service) grantPrivilege(ctx context.Context, h here, p *Privilege, in PrivilegeInput, base string) (err error) {
	p.UpdatedAt = s.time()
	if in.Slug != nil {
		if p.Slug, err = slug("slug", *in.Slug, 1, maxPrivilegeSlug); err != nil {
			return err
		}
	}
	if in.Permissions != nil {
		p.Permissions = *in.Permissions
	}
	if in.Window != nil {
		if p.Window, err = in.Window.window("type."); err != nil {
			return err
		}
	}
	for _, r := range p.Permissions {
		for _, action := range r.Actions {
			about := permission.Attributes{"assignableSubject": permission.Text(r.Subject), "assignableAction": permission.Text(r.Subject + ":" + action)}
			if err := h.MustManage(base, about, on(permission.AssignAdditionalPrivileges), on(permission.GrantPrivileges)); err != nil {
				return err
			}
		}
	}
	return s.handOut(ctx, h, base, p.grant(h.identity))
}

func (p Privilege) grant(of Identity) grant {
	return grant{rules: p.Permissions.For(of.values()), window: p.Window}
}

// UpdatePrivilege changes what in speaks of.
func (s *Service) UpdatePrivilege(ctx context.Context, a Actor, r PrivilegeRef, in PrivilegeInput) (Privilege, error) {
	return change(ctx, s, a, r.place(), must(on(permission.Edit)), func(h here) (Privilege, error) {
		const base = "Failed to update additional privilege"
		p, err := s.inCharge(ctx, h, r, base)
		if err != nil {
			return Privilege{}, err
		}
		before := p.grant(h.identity)
		if err := s.grantPrivilege(ctx, h, &p, in, base); err != nil {
			return Privilege{}, err
		}
		if err := s.mayLift(ctx, h, base, grants{before}, grants{p.grant(h.identity)}); err != nil {
			return Privilege{}, err
		}
		return p, privilegeTaken(p, h.tx.UpdatePrivilege(ctx, p))
	})
}

// inCharge finds a privilege that is to be changed or taken away, under a strict boundary only by
// who covers all that its holder has in the project.
func (s *Service) inCharge(ctx context.Context, h here, r PrivilegeRef, base string) (Privilege, error) {
	if _, err := s.ofMember(ctx, h, h.identity.ID, base); err != nil {
		return Privilege{}, err
	}
	return r.find(ctx, h)
}

// DeletePrivilege takes a privilege away.
func (s *Service) DeletePrivilege(ctx context.Context, a Actor, r PrivilegeRef) (Privilege, error) {
	return change(ctx, s, a, r.place(), must(on(permission.Edit)), func(h here) (Privilege, error) {
		const base = "Failed to delete additional privilege"
		p, err := s.inCharge(ctx, h, r, base)
		if err != nil {
			return Privilege{}, err
		}
		if err := s.mayLift(ctx, h, base, grants{p.grant(h.identity)}, nil); err != nil {
			return Privilege{}, err
		}
		return p, h.tx.DeletePrivilege(ctx, p.ID)
	})
}

// Privilege reads a privilege.
func (s *Service) Privilege(ctx context.Context, a Actor, r PrivilegeRef) (Privilege, error) {
	return look(ctx, s, a, r.place(), must(on(permission.Read)), func(h here) (Privilege, error) { return r.find(ctx, h) })
}

// Privileges lists those of an identity in a project, the oldest first.
func (s *Service) Privileges(ctx context.Context, a Actor, w Where, identityID string) ([]Privilege, error) {
	return look(ctx, s, a, memberAt(w.inProject(), identityID), must(on(permission.Read)), func(h here) ([]Privilege, error) {
		return h.tx.Privileges(ctx, h.project.ID, identityID)
	})
}

// ofPrivilege is the project of a privilege, about who has it.
func ofPrivilege(id string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		p, err := tx.Privilege(ctx, id)
		if Is(err, NotFound) {
			return here{}, Refuse(NotFound, "Additional privilege with id %s doesn't exist", shown(id))
		}
		if err != nil {
			return here{}, err
		}
		return memberOf(p.ProjectID, p.IdentityID)(ctx, s, tx, a)
	}
}
