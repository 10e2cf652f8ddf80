// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 7. Every server has the older routes, and they return the roles.

const (
	membersRoute = "/v2/workspace/%s/identity-memberships"
	memberRoute  = membersRoute + "/%s"
)

// AddProjectMember makes an identity a member of a project.
func (c *Client) AddProjectMember(ctx context.Context, projectID, identityID string, roles []api.RoleAssignment) (api.Membership, error) {
	return createOrAdopt(ctx, c, creation[api.Membership, api.Member]{
		key: "membership of " + identityID + " in " + projectID, unique: true,
		send: func(ctx context.Context) (api.Membership, error) {
			r := route("add the identity to the project", http.MethodPost, memberRoute, projectID, identityID).with(api.AddMemberRequest{Roles: &roles})
			result, err := do[api.MembershipResponse](ctx, c, r, "identityMembership.id")
			return result.IdentityMembership, err
		},
		id:        func(m api.Membership) string { return m.ID },
		find:      findOne(func(ctx context.Context) (api.Member, error) { return c.ProjectMember(ctx, projectID, identityID) }),
		candidate: func(m api.Member) Candidate { return Candidate{ID: m.ID, Name: m.Identity.Name, Created: m.CreatedAt} },
		// The caller of a project's creation and the project's own identities are members from the start.
		matches: func(m api.Member) bool { return SameRoles(roles, Assignments(m.Roles)) },
		adopt: func(m api.Member) api.Membership {
			return api.Membership{ID: m.ID, ProjectID: projectID, IdentityID: identityID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
		},
	})
}

// SameRoles compares without order, and times to the millisecond, as servers store them.
func SameRoles(a, b []api.RoleAssignment) bool {
	key := func(r api.RoleAssignment) string {
		return fmt.Sprint(r.Role, r.IsTemporary, valueOr(r.TemporaryRange, ""), valueOr(r.TemporaryAccessStartTime, time.Time{}).UnixMilli())
	}
	keys := func(list []api.RoleAssignment) []string {
		var all []string
		for _, r := range list {
			all = append(all, key(r))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(keys(a), keys(b))
}

// ProjectMember reads the membership of an identity in a project, with its roles.
func (c *Client) ProjectMember(ctx context.Context, projectID, identityID string) (api.Member, error) {
	member, err := c.memberListing(projectID).getOrFetch(ctx, c, identityID, func() (api.Member, error) {
		r := route("read the project membership", http.MethodGet, memberRoute, projectID, identityID)
		result, err := do[api.MemberResponse](ctx, c, r, "identityMembership.id", "identityMembership.identity.id", "identityMembership.roles.role")
		return result.IdentityMembership, c.goneWithProject(ctx, projectID, err)
	})
	member.Roles = slices.Clone(member.Roles) // callers modify it
	return member, err
}

func (c *Client) memberListing(projectID string) *listing[api.Member] {
	return listingOf(c, "members of "+projectID, func() *listing[api.Member] {
		return &listing[api.Member]{
			fetch: func(ctx context.Context, offset int) (page[api.Member], error) {
				return c.memberPage(ctx, projectID, offset)
			},
			key: func(m api.Member) string { return m.Identity.ID },
		}
	})
}

func (c *Client) memberPage(ctx context.Context, projectID string, offset int) (page[api.Member], error) {
	r := route("list the project memberships", http.MethodGet, membersRoute, projectID)
	r.query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
	result, err := do[api.ListMembersResponse](ctx, c, r, "identityMemberships.id", "identityMemberships.identity.id", "identityMemberships.roles.role", "totalCount")
	if err != nil {
		return page[api.Member]{}, err
	}
	return pageAt(result.IdentityMemberships, offset, *result.TotalCount), nil
}

// SetProjectMemberRoles replaces all roles of a membership.
func (c *Client) SetProjectMemberRoles(ctx context.Context, projectID, identityID string, roles []api.RoleAssignment) error {
	r := route("update the roles of the project membership", http.MethodPatch, memberRoute, projectID, identityID).with(api.SetMemberRolesRequest{Roles: roles})
	r.idempotent = true
	_, err := do[api.MemberRolesResponse](ctx, c, r)
	return err
}

// RemoveProjectMember deletes a membership and the identity's privileges in the project.
func (c *Client) RemoveProjectMember(ctx context.Context, projectID, identityID string) error {
	_, err := do[api.MembershipResponse](ctx, c, route("remove the identity from the project", http.MethodDelete, memberRoute, projectID, identityID))
	return err
}

// ProjectMembers lists all identities of a project with their roles.
func (c *Client) ProjectMembers(ctx context.Context, projectID string) ([]api.Member, error) {
	return collect(c.EachProjectMember(ctx, projectID))
}

// EachProjectMember iterates over the identities of a project with their roles.
func (c *Client) EachProjectMember(ctx context.Context, projectID string) iter.Seq2[api.Member, error] {
	return pages(ctx, func(m api.Member) string { return m.ID }, func(ctx context.Context, offset int) (page[api.Member], error) {
		return c.memberPage(ctx, projectID, offset)
	})
}

// MembershipsOf lists the project memberships of an identity, with their roles.
func (c *Client) MembershipsOf(ctx context.Context, identityID string) ([]api.Member, error) {
	r := route("list the project memberships of the identity", http.MethodGet, "/v1/identities/%s/identity-memberships", identityID)
	result, err := do[api.ListMembersResponse](ctx, c, r, "identityMemberships.id", "identityMemberships.project.id", "identityMemberships.roles.role")
	return result.IdentityMemberships, err
}

// Assignments converts the roles of a membership to those of a request.
func Assignments(roles []api.MemberRole) []api.RoleAssignment {
	list := make([]api.RoleAssignment, len(roles))
	for n, r := range roles {
		list[n] = api.RoleAssignment{
			Role: r.RoleSlug(), IsTemporary: r.IsTemporary, TemporaryMode: r.TemporaryMode,
			TemporaryRange: r.TemporaryRange, TemporaryAccessStartTime: r.TemporaryAccessStartTime,
		}
	}
	return list
}
