// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 7. The older routes are on every server, and answer the roles.

const (
	membersRoute = "/v2/workspace/%s/identity-memberships"
	memberRoute  = membersRoute + "/%s"
)

// AddProjectMember makes an identity a member of a project.
func (c *Client) AddProjectMember(ctx context.Context, projectID, identityID string, roles []api.RoleAssignment) (api.Membership, error) {
	return createOnce(ctx, c, creation[api.Membership, api.Member]{
		name: "membership of " + identityID + " in " + projectID, only: true,
		send: func(ctx context.Context) (api.Membership, error) {
			r := route("add the identity to the project", http.MethodPost, memberRoute, projectID, identityID).with(api.AddMemberRequest{Roles: &roles})
			answer, err := do[api.MembershipResponse](ctx, c, r, "identityMembership.id")
			return answer.IdentityMembership, err
		},
		id:    func(m api.Membership) string { return m.ID },
		find:  one(func(ctx context.Context) (api.Member, error) { return c.ProjectMember(ctx, projectID, identityID) }),
		trace: func(m api.Member) Candidate { return Candidate{ID: m.ID, Name: m.Identity.Name} },
		same:  func(_ context.Context, m api.Member) (bool, error) { return haveRoles(roles, m.Roles), nil },
		take: func(_ context.Context, m api.Member) (api.Membership, bool, error) {
			return api.Membership{ID: m.ID, ProjectID: projectID, IdentityID: identityID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}, true, nil
		},
	})
}

// ProjectMember reads the membership of an identity in a project, with its roles.
func (c *Client) ProjectMember(ctx context.Context, projectID, identityID string) (api.Member, error) {
	member, err := c.memberListing(projectID).orAlone(ctx, c, identityID, func() (api.Member, error) {
		r := route("read the project membership", http.MethodGet, memberRoute, projectID, identityID)
		answer, err := do[api.MemberResponse](ctx, c, r, "identityMembership.id", "identityMembership.identity.id", "identityMembership.roles.role")
		return answer.IdentityMembership, c.goneWithProject(ctx, projectID, err)
	})
	member.Roles = slices.Clone(member.Roles) // callers cut it to what they need
	return member, err
}

func (c *Client) memberListing(projectID string) *listing[api.Member] {
	return listingOf(c, "members of "+projectID, func() *listing[api.Member] {
		return &listing[api.Member]{
			page: func(ctx context.Context, offset int) (page[api.Member], error) {
				return c.memberPage(ctx, projectID, offset)
			},
			id: func(m api.Member) string { return m.Identity.ID },
		}
	})
}

func (c *Client) memberPage(ctx context.Context, projectID string, offset int) (page[api.Member], error) {
	r := route("list the project memberships", http.MethodGet, membersRoute, projectID)
	r.query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
	answer, err := do[api.ListMembersResponse](ctx, c, r, "identityMemberships.id", "identityMemberships.identity.id", "identityMemberships.roles.role", "totalCount")
	if err != nil {
		return page[api.Member]{}, err
	}
	return paged(answer.IdentityMemberships, offset, *answer.TotalCount), nil
}

// SetProjectMemberRoles replaces all roles of a membership.
func (c *Client) SetProjectMemberRoles(ctx context.Context, projectID, identityID string, roles []api.RoleAssignment) error {
	r := route("change the roles of the project membership", http.MethodPatch, memberRoute, projectID, identityID).with(api.SetMemberRolesRequest{Roles: roles})
	r.idempotent = true
	_, err := do[api.MemberRolesResponse](ctx, c, r)
	return err
}

// RemoveProjectMember ends a membership, and with it the identity's privileges in the project.
func (c *Client) RemoveProjectMember(ctx context.Context, projectID, identityID string) error {
	_, err := do[api.MembershipResponse](ctx, c, route("remove the identity from the project", http.MethodDelete, memberRoute, projectID, identityID))
	return err
}

// ProjectMembers lists all identities of a project with their roles.
func (c *Client) ProjectMembers(ctx context.Context, projectID string) ([]api.Member, error) {
	return all(c.EachProjectMember(ctx, projectID))
}

// EachProjectMember goes through the identities of a project with their roles.
func (c *Client) EachProjectMember(ctx context.Context, projectID string) iter.Seq2[api.Member, error] {
	return pages(ctx, func(m api.Member) string { return m.ID }, func(ctx context.Context, offset int) (page[api.Member], error) {
		return c.memberPage(ctx, projectID, offset)
	})
}

// MembershipsOf lists the project memberships of an identity, with their roles.
func (c *Client) MembershipsOf(ctx context.Context, identityID string) ([]api.Member, error) {
	r := route("list the project memberships of the identity", http.MethodGet, "/v1/identities/%s/identity-memberships", identityID)
	answer, err := do[api.ListMembersResponse](ctx, c, r, "identityMemberships.id", "identityMemberships.project.id", "identityMemberships.roles.role")
	return answer.IdentityMemberships, err
}

// membershipLocks has a *sync.Mutex for each membership that this process changes in part. Other
// processes are not kept out: the API can only replace all roles at once.
var membershipLocks sync.Map

// LockProjectMember keeps the rest of this process from changing parts of a membership.
func LockProjectMember(projectID, identityID string) (unlock func()) {
	lock, _ := membershipLocks.LoadOrStore(projectID+"/"+identityID, &sync.Mutex{})
	mutex, _ := lock.(*sync.Mutex)
	mutex.Lock()
	return mutex.Unlock
}

// Assignments are the roles of a membership as a request names them.
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
