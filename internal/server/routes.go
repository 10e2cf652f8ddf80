// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"net/http"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// The methods of the API.
const (
	get    = http.MethodGet
	post   = http.MethodPost
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

const loginPath = "/v1/auth/universal-auth/login"

// routes returns the route table.
func (s *server) routes() []route {
	rules := checkFor(permission.Project)
	return slices.Concat([]route{
		public(get, "/status", s.status),
		public(post, "/v1/auth/token/renew", s.renewAccessToken),
		public(post, "/v1/auth/token/revoke", s.revokeAccessToken),

		authenticated(s, post, "/v1/identities", s.createIdentity),
		authenticated(s, get, "/v1/identities", s.listIdentities),
		authenticated(s, get, "/v1/identities/details", s.identityDetails),
		authenticated(s, post, "/v1/identities/search", s.searchIdentities),
		authenticated(s, get, "/v1/identities/{identityId}", s.getIdentity),
		authenticated(s, patch, "/v1/identities/{identityId}", s.updateIdentity),
		authenticated(s, remove, "/v1/identities/{identityId}", s.deleteIdentity),
		authenticated(s, get, "/v1/organization/audit-logs", s.listAuditLogs),
		authenticated(s, get, "/v2/organizations/{orgId}/identity-memberships", s.listIdentityMemberships),
		authenticated(s, get, "/v1/projects/roles/{roleId}", s.getProjectRole),
	},
		s.authMethodRoutes(),
		s.organizationRoleRoutes(),
		s.projectRoutes(),
		s.projectRoleRoutes("/v1/workspace", roleFamily{where: bySlug, check: permission.Rules.FromV1}),
		s.projectRoleRoutes("/v2/workspace", roleFamily{where: byID, check: rules}),
		s.projectRoleRoutes("/v1/projects", roleFamily{where: byID, check: rules}),
		s.workspaceEnvironmentRoutes(),
		s.projectEnvironmentRoutes(),
		s.membershipRoutes(),
		s.workspaceMembershipRoutes(),
		s.projectIdentityRoutes(),
		s.privilegeRoutes(),
		s.folderAccessRoutes(),
		s.privilegeV1Routes(),
	)
}
