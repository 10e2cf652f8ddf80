// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"crypto/x509"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Explain returns the text of an error for users: what happened and, if known, what to do.
func Explain(err error) string {
	text := err.Error()
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if todo := remedy(err); todo != "" {
		text += "\n\n" + todo
	}
	if e, ok := errors.AsType[*Error](err); ok && e.ReqID != "" {
		text += "\n\nRequest ID: " + e.ReqID
	}
	return text
}

func remedy(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case errors.Is(err, ErrNoCredentials):
		return "Configure universal_auth, oidc or access_token, or set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, INFISICAL_MACHINE_IDENTITY_ID, or INFISICAL_TOKEN."
	case errors.Is(err, ErrTokenRejected):
		return "The token has expired, was revoked, or has no uses left. Set a new one in access_token or INFISICAL_TOKEN, or configure universal_auth or oidc, with which the provider logs in whenever it needs to."
	case !ok:
		return ""
	case e.Remedy != "":
		return e.Remedy
	case e.Lacks != "":
		return planRemedy(e.Lacks)
	case IsNoRoute(err):
		return "Update the server, or remove what needs this route from the configuration."
	case len(e.Candidates) > 0:
		return candidatesRemedy(e)
	case e.Name == api.ErrorPermissionDenied:
		return e.deniedTo() + " Give it a role with this permission, in the organization or in the project that the request is for."
	case e.Status == http.StatusForbidden && strings.Contains(e.Message, "not a member of the specified project"):
		return e.subject() + " is not a member of this project. Only the identity that created the project is a member from the start. Add it with a machineid_project_membership, applied by an identity that may manage members of the project."
	case e.Name == api.ErrorBoundary:
		return e.deniedTo() + " You can grant only permissions that you hold yourself: give the identity what is missing, or grant less."
	case isRejectedAgain(e):
		return "The server rejected the access token, and also a new one right after the login. The most likely cause is a limit of token uses that concurrent requests exhaust: " +
			"raise access_token_num_uses_limit of the machineid_universal_auth of the provider's identity (0 is no limit), or lower -parallelism. Otherwise check that its trusted IPs for access tokens include this machine, and that the identity still exists."
	case e.Status == http.StatusUnauthorized && e.Name != api.ErrorValidation, e.Op == opLogin && e.Name == api.ErrorUnauthorized:
		return "Check the client ID and the client secret, that the secret is not revoked, expired or used up, and that wrong attempts have not locked the login."
	case e.Method != http.MethodGet && IsNotFound(err) && !isLogin(e.Op):
		return "Either the object was removed outside Terraform: run a new plan with a refresh. Or something that it refers to does not exist: check names and IDs."
	case e.Status == http.StatusTooManyRequests, isRateLimitError(err):
		return "Raise rate_limit_max_wait or the server's rate limits, or retry later with a lower -parallelism."
	case isUntrusted(err):
		return "Set ca_cert_file or ca_cert to the authority that signed the server's certificate."
	case e.Lost:
		return "The request may have succeeded anyway. Check before retrying: import or delete what was created."
	case e.Status == http.StatusInternalServerError && e.Name != "":
		return "The server failed to process the request. Servers of October 2024 do so for values that they do not accept: a slug that is taken, a project or another object that does not exist, an ID that is not a UUID, or a metadata value of more than 255 characters. Check these, or see the server's log."
	case e.Status == 0 && e.Err != nil:
		return "Check host, and that this machine can reach the server."
	}
	return ""
}

// isRejectedAgain reports whether the server rejected the token of a login that just succeeded.
func isRejectedAgain(e *Error) bool {
	return !isLogin(e.Op) && (e.Status == http.StatusUnauthorized && e.Name != api.ErrorValidation || e.Name == api.ErrorToken)
}

// candidatesRemedy returns what to do about objects that a create may have made, or that conflict
// with it.
func candidatesRemedy(e *Error) string {
	if e.Lost {
		return "The response to the create was lost, and what was found cannot be identified as its result: there is more than one, it has other settings, or it is in use. " +
			"Check before you apply again, which creates another: import it if it is yours, or delete it."
	}
	return "It already exists. Import it, delete it, or choose another name."
}

func isUntrusted(err error) bool {
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}
