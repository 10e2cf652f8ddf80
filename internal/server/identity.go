// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// id is an ID in a path. IDs are compared without regard to case.
type id string

func (i *id) Resolve(huma.Context) []error {
	*i = id(strings.ToLower(string(*i)))
	return nil
}

// identityPath is the input of a route with an identity in its path.
type identityPath struct {
	IdentityID id `path:"identityId" doc:"ID of the identity."`
}

// onIdentity is the input of a route with an identity in its path and a body.
type onIdentity[T any] struct {
	IdentityID id `path:"identityId" doc:"ID of the identity."`
	Body       T
}

func (s *server) createIdentity(ctx context.Context, a iam.Actor, in *struct{ Body api.CreateIdentityRequest }) (api.IdentityResponse, error) {
	b := in.Body
	i, err := s.iam.CreateIdentity(ctx, a, b.OrganizationID, iam.IdentityInput{
		Name: &b.Name, Role: b.Role, DeleteProtection: b.HasDeleteProtection, Metadata: metadataInput(b.Metadata),
	})
	return api.IdentityResponse{Identity: organizationIdentity(i)}, err
}

// updateIdentity returns only the metadata that was sent. Contract: section 3.
func (s *server) updateIdentity(ctx context.Context, a iam.Actor, in *onIdentity[api.UpdateIdentityRequest]) (api.IdentityResponse, error) {
	b := in.Body
	i, err := s.iam.UpdateIdentity(ctx, a, string(in.IdentityID), iam.IdentityInput{
		Name: b.Name, Role: b.Role, DeleteProtection: b.HasDeleteProtection, Metadata: metadataInput(b.Metadata),
	})
	out := organizationIdentity(i)
	if b.Metadata == nil {
		out.Metadata = []api.Metadata{}
	}
	return api.IdentityResponse{Identity: out}, err
}

func (s *server) getIdentity(ctx context.Context, a iam.Actor, in *identityPath) (api.IdentityMembershipResponse, error) {
	i, err := s.iam.Identity(ctx, a, string(in.IdentityID))
	out := membership(i)
	out.Metadata = metadata(i.Metadata)
	out.Identity.ActiveLockoutAuthMethods = list(i.LockedMethods)
	return api.IdentityMembershipResponse{Identity: out}, err
}

func (s *server) deleteIdentity(ctx context.Context, a iam.Actor, in *identityPath) (api.IdentityResponse, error) {
	i, err := s.iam.DeleteIdentity(ctx, a, string(in.IdentityID))
	out := organizationIdentity(i)
	out.Metadata = nil
	return api.IdentityResponse{Identity: out}, err
}

func (s *server) listIdentities(ctx context.Context, a iam.Actor, in *struct {
	OrgID string `query:"orgId" required:"true" doc:"ID of the organization."`
}) (api.ListIdentitiesResponse, error) {
	page, err := s.iam.Identities(ctx, a, iam.IdentityQuery{OrganizationID: in.OrgID, OrderBy: iam.ByName})
	return api.ListIdentitiesResponse{Identities: memberships(page), TotalCount: page.Total}, err
}

func (s *server) identityDetails(ctx context.Context, a iam.Actor, _ *struct{}) (api.IdentityDetailsResponse, error) {
	o, err := s.iam.Organization(ctx, a)
	var out api.IdentityDetailsResponse
	out.IdentityDetails.Organization = api.Organization{ID: o.ID, Name: o.Name, Slug: o.Slug}
	return out, err
}

func metadataInput(sent *[]api.Metadata) *[]iam.Metadata {
	if sent == nil {
		return nil
	}
	pairs := make([]iam.Metadata, len(*sent))
	for n, m := range *sent {
		pairs[n] = iam.Metadata{Key: m.Key, Value: m.Value}
	}
	return &pairs
}

func metadata(pairs []iam.Metadata) []api.Metadata {
	out := make([]api.Metadata, len(pairs))
	for n, m := range pairs {
		out[n] = api.Metadata{ID: m.ID, Key: m.Key, Value: m.Value}
	}
	return out
}

// identity returns the fields of an identity that its own routes send.
func identity(i iam.Identity) api.Identity {
	return api.Identity{
		ID:                  i.ID,
		Name:                i.Name,
		CreatedAt:           i.CreatedAt,
		UpdatedAt:           i.UpdatedAt,
		HasDeleteProtection: &i.DeleteProtection,
		OrgID:               i.OrganizationID,
		ProjectID:           new(optional(i.ProjectID)),
		AuthMethods:         list(i.AuthMethods),
		Metadata:            metadata(i.Metadata),
	}
}

// organizationIdentity returns an identity as the routes of the organization send it.
func organizationIdentity(i iam.Identity) api.Identity {
	out := identity(i)
	out.AuthMethod = new(firstOf(i.AuthMethods))
	return out
}

// memberIdentity returns an identity as part of a membership.
func memberIdentity(i iam.Identity) api.Identity {
	out := identity(i)
	out.CreatedAt, out.UpdatedAt, out.ProjectID, out.Metadata = time.Time{}, time.Time{}, nil, nil
	return out
}

// membership returns the membership of an identity, without the fields that only reading one identity returns.
func membership(i iam.Identity) api.IdentityMembership {
	m := i.Membership
	out := api.IdentityMembership{
		ID:         m.ID,
		Role:       m.Role.Slug,
		OrgID:      i.OrganizationID,
		CreatedAt:  m.CreatedAt,
		UpdatedAt:  m.UpdatedAt,
		IdentityID: i.ID,
		Identity:   memberIdentity(i),
	}
	if m.LastLoginMethod != "" {
		out.LastLoginAuthMethod, out.LastLoginTime = &m.LastLoginMethod, &m.LastLoginAt
	}
	if m.Role.ID != "" {
		out.Role, out.RoleID, out.CustomRole = api.CustomRole, &m.Role.ID, customRole(m.Role)
	}
	return out
}

func memberships(page iam.IdentityPage) []api.IdentityMembership {
	out := make([]api.IdentityMembership, len(page.Identities))
	for n, i := range page.Identities {
		out[n] = membership(i)
	}
	return out
}

func customRole(r iam.Role) *api.CustomRoleSummary {
	return &api.CustomRoleSummary{ID: r.ID, Name: r.Name, Slug: r.Slug, Permissions: presentRules(r.Permissions), Description: &r.Description}
}

// optional returns a pointer to the text, or nil if it is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func firstOf(methods []string) *string {
	if len(methods) == 0 {
		return nil
	}
	return &methods[0]
}

// list returns an empty list for nil, since responses never leave such a field out.
func list(texts []string) []string {
	return append([]string{}, texts...)
}
