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

// Explain words an error for people: what happened, and what to do where that can be told.
func Explain(err error) string {
	text := err.Error()
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if todo := remedy(err); todo != "" {
		text += "\n\n" + todo
	}
	if e, ok := errors.AsType[*Error](err); ok && e.ReqID != "" {
		text += "\n\nThe server's log knows this request as " + e.ReqID + "."
	}
	return text
}

func remedy(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case errors.Is(err, ErrNoCredentials):
		return "Configure universal_auth, oidc or access_token, or set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, INFISICAL_MACHINE_IDENTITY_ID, or INFISICAL_TOKEN."
	case errors.Is(err, ErrTokenRefused):
		return "The token has expired, was revoked or is used up. Give a new one in access_token or INFISICAL_TOKEN, or use universal_auth or oidc, with which the provider logs in by itself whenever it needs to."
	case !ok:
		return ""
	case e.Remedy != "":
		return e.Remedy
	case IsNoRoute(err):
		return "Update the server, or leave out what needs this."
	case len(e.Candidates) > 0:
		return candidatesRemedy(e)
	case e.Name == api.ErrorPermissionDenied:
		return e.lacks() + " Give it a role with this permission, in the organisation or in the project, wherever this is."
	case e.Status == http.StatusForbidden && strings.Contains(e.Message, "not a member of the specified project"):
		return e.who() + " is not in this project, in which only the identity that made it is by itself. Add it, with the role that its work takes: a machineid_project_membership, applied by an identity that is in the project and may do so."
	case e.Name == api.ErrorBoundary:
		return e.lacks() + " Nobody can hand over more than they may do themselves: give it what is missing, or ask for less."
	case isRefusedAgain(e):
		return "The access token was refused, and so was a new one, right after the login. Most likely the identity that the provider logs in as has a limit of token uses that requests at the same time use up: " +
			"raise access_token_num_uses_limit of its machineid_universal_auth (0 is no limit), or lower -parallelism. Else look whether its trusted addresses for access tokens are those of this machine, and whether it was removed meanwhile."
	case e.Status == http.StatusUnauthorized && e.Name != api.ErrorValidation, e.Op == opLogin && e.Name == api.ErrorUnauthorized:
		return "Check the client ID and the client secret, whether the secret was revoked, has expired or is used up, and whether logins are locked after wrong attempts."
	case e.Method != http.MethodGet && IsNotFound(err) && !isLogin(e.Op):
		return "Either what is to be changed was removed outside Terraform: plan again, with a refresh. Or what it refers to is not there: check the names and IDs."
	case e.Status == http.StatusTooManyRequests, isLimit(err):
		return "Raise rate_limit_max_wait or the server's limits, or try again later with a lower -parallelism."
	case isUntrusted(err):
		return "Name the authority that signed the server's certificate in ca_cert_file or ca_cert."
	case e.Lost && !isLogin(e.Op), e.Status == 0 && e.Err != nil && e.Method != http.MethodGet && !isLogin(e.Op) && !neverSent(e.Err):
		return "The server may have done it nevertheless. Look whether it has before trying again: what was made can be imported, or deleted."
	case e.Status == 0 && e.Err != nil:
		return "Check host, and whether the server can be reached from here."
	}
	return ""
}

// isRefusedAgain tells whether the token of a login just made was refused.
func isRefusedAgain(e *Error) bool {
	return !isLogin(e.Op) && (e.Status == http.StatusUnauthorized && e.Name != api.ErrorValidation || e.Name == api.ErrorToken)
}

// candidatesRemedy says what to do with what may have been made, or stands in the way.
func candidatesRemedy(e *Error) string {
	if e.Lost {
		return "The answer was lost, and it cannot be told for certain whether this is what was made: that takes exactly one which is not older than the request, has all fields as asked, is not in use, and was made by nobody else here. " +
			"Look before you apply again, which makes another: import it if it is the one; delete it if nobody needs it."
	}
	return "It was there before. Import it to manage it here; or delete it, or ask for another name."
}

func isUntrusted(err error) bool {
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}
