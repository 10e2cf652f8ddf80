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

const (
	authPath  = "/v1/auth/universal-auth"
	loginPath = authPath + "/login"
)

func (s *server) routes() []route {
	if s.older != nil {
		return s.olderRoutes()
	}
	return s.newerRoutes()
}

// newerRoutes is the whole API.
func (s *server) newerRoutes() []route {
	const (
		attached = authPath + "/identities/{identityId}"
		secrets  = attached + "/client-secrets"
	)
	rules := parseFor(permission.Project)
	return slices.Concat([]route{
		open(get, "/status", s.status),
		open(post, loginPath, s.loginUniversalAuth),
		open(post, "/v1/auth/token/renew", s.renewAccessToken),
		open(post, "/v1/auth/token/revoke", s.revokeAccessToken),

		guarded(s, post, attached, s.attachUniversalAuth),
		guarded(s, get, attached, s.getUniversalAuth),
		guarded(s, patch, attached, s.updateUniversalAuth),
		guarded(s, remove, attached, s.removeUniversalAuth),
		guarded(s, post, attached+"/clear-lockouts", s.clearLockouts),
		guarded(s, post, secrets, s.createClientSecret),
		guarded(s, get, secrets, s.listClientSecrets),
		guarded(s, get, secrets+"/{clientSecretId}", s.getClientSecret),
		guarded(s, post, secrets+"/{clientSecretId}/revoke", s.revokeClientSecret),

		guarded(s, post, "/v1/identities", s.createIdentity),
		guarded(s, get, "/v1/identities", s.listIdentities),
		guarded(s, get, "/v1/identities/details", s.identityDetails),
		guarded(s, post, "/v1/identities/search", s.searchIdentities),
		guarded(s, post, "/v2/identities/search", s.searchMemberships),
		guarded(s, post, "/v2/identities/search/count", s.countMemberships),
		guarded(s, get, "/v1/identities/{identityId}", s.getIdentity),
		guarded(s, patch, "/v1/identities/{identityId}", s.updateIdentity),
		guarded(s, remove, "/v1/identities/{identityId}", s.deleteIdentity),
		guarded(s, get, "/v1/organization/audit-logs", s.listAuditLogs),
		guarded(s, get, "/v2/organizations/{orgId}/identity-memberships", s.listIdentityMemberships),
		guarded(s, get, "/v1/projects/roles/{roleId}", s.getProjectRole),
	},
		s.oidcAuthRoutes(),
		s.tokenAuthRoutes(),
		s.organizationRoleRoutes(),
		s.projectRoutes(),
		s.projectRoleRoutes("/v1/workspace", roleFamily{where: bySlug, parse: parseV1}),
		s.projectRoleRoutes("/v2/workspace", roleFamily{where: byID, parse: rules}),
		s.projectRoleRoutes("/v1/projects", roleFamily{where: byID, parse: rules}),
		s.environmentRoutes("/v1/workspace"),
		s.environmentRoutes("/v1/projects"),
		s.olderMembershipRoutes("/v2/workspace"),
		s.olderMembershipRoutes("/v1/projects"),
		s.membershipRoutes(),
		s.projectIdentityRoutes(),
		s.privilegeRoutes(),
		s.privilegeV1Routes(),
	)
}
