// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import "net/http"

// routes are the routes of an older server, by method.
var routes = map[string]string{
	http.MethodGet: `/status
		/v1/additional-privilege/identity
		/v1/additional-privilege/identity/{slug}
		/v1/auth/oidc-auth/identities/{identityId}
		/v1/auth/token-auth/identities/{identityId}
		/v1/auth/token-auth/identities/{identityId}/tokens
		/v1/auth/universal-auth/identities/{identityId}
		/v1/auth/universal-auth/identities/{identityId}/client-secrets
		/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}
		/v1/identities
		/v1/identities/{identityId}
		/v1/identities/{identityId}/identity-memberships
		/v1/organization/{orgId}
		/v1/organization/{orgId}/roles
		/v1/organization/{orgId}/roles/{roleId}
		/v1/workspace
		/v1/workspace/{project}
		/v1/workspace/{project}/environments/{environmentId}
		/v1/workspace/{project}/roles
		/v1/workspace/{project}/roles/slug/{slug}
		/v2/organizations/{orgId}/identity-memberships
		/v2/organizations/{orgId}/workspaces
		/v2/workspace/{project}
		/v2/workspace/{project}/identity-memberships
		/v2/workspace/{project}/identity-memberships/{identityId}`,
	http.MethodPost: `/v1/additional-privilege/identity/permanent
		/v1/additional-privilege/identity/temporary
		/v1/auth/oidc-auth/identities/{identityId}
		/v1/auth/oidc-auth/login
		/v1/auth/token-auth/identities/{identityId}
		/v1/auth/token-auth/identities/{identityId}/tokens
		/v1/auth/token-auth/tokens/{tokenId}/revoke
		/v1/auth/token/renew
		/v1/auth/token/revoke
		/v1/auth/universal-auth/identities/{identityId}
		/v1/auth/universal-auth/identities/{identityId}/client-secrets
		/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}/revoke
		/v1/auth/universal-auth/login
		/v1/identities
		/v1/organization/{orgId}/roles
		/v1/workspace/{project}/environments
		/v1/workspace/{project}/roles
		/v2/workspace
		/v2/workspace/{project}/identity-memberships/{identityId}`,
	http.MethodPatch: `/v1/additional-privilege/identity
		/v1/auth/oidc-auth/identities/{identityId}
		/v1/auth/token-auth/identities/{identityId}
		/v1/auth/token-auth/tokens/{tokenId}
		/v1/auth/universal-auth/identities/{identityId}
		/v1/identities/{identityId}
		/v1/organization/{orgId}
		/v1/organization/{orgId}/roles/{roleId}
		/v1/workspace/{project}
		/v1/workspace/{project}/environments/{environmentId}
		/v1/workspace/{project}/roles/{roleId}
		/v2/workspace/{project}
		/v2/workspace/{project}/identity-memberships/{identityId}`,
	http.MethodDelete: `/v1/additional-privilege/identity
		/v1/auth/oidc-auth/identities/{identityId}
		/v1/auth/token-auth/identities/{identityId}
		/v1/auth/universal-auth/identities/{identityId}
		/v1/identities/{identityId}
		/v1/organization/{orgId}/roles/{roleId}
		/v1/workspace/{project}
		/v1/workspace/{project}/environments/{environmentId}
		/v1/workspace/{project}/roles/{roleId}
		/v2/workspace/{project}
		/v2/workspace/{project}/identity-memberships/{identityId}`,
}

// public are the routes without an access token.
var public = map[string]bool{
	"/status": true, "/v1/auth/universal-auth/login": true, "/v1/auth/oidc-auth/login": true,
	"/v1/auth/token/renew": true, "/v1/auth/token/revoke": true,
}

// forUsers are the routes that reject machine identities.
var forUsers = map[string]bool{
	"/v1/workspace": true, "/v1/organization/{orgId}": true,
	"/v1/organization/{orgId}/roles": true, "/v1/organization/{orgId}/roles/{roleId}": true,
}

const (
	membershipsPath = "/v2/workspace/{project}/identity-memberships"
	privilegesPath  = "/v1/additional-privilege/identity"
	rolesPath       = "/v1/workspace/{project}/roles"
)
