// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// TestExplain checks the text of each kind of error: what happened, then what to do.
func TestExplain(t *testing.T) {
	for body, want := range map[string]string{
		`{"reqId":"req-1","statusCode":403,"error":"PermissionDenied","message":"You are not allowed to read on identity"}`: `Read the identity: You are not allowed to read on identity (GET /api/v1/identities/x returned 403 PermissionDenied).

The identity that the provider logs in as lacks this permission. Give it a role with this permission, in the organization or in the project that the request is for.

Request ID: req-1`,
		`{"statusCode":403,"error":"PermissionBoundaryError","message":"Failed to change the role.","details":{"missingPermissions":[{"action":"edit","subject":"identity"},{"action":"read","subject":"role"}]}}`: `Read the identity: Failed to change the role; missing: edit on identity, read on role (GET /api/v1/identities/x returned 403 PermissionBoundaryError).

The identity that the provider logs in as lacks permissions that it wants to grant. You can grant only permissions that you hold yourself: give the identity what is missing, or grant less.`,
		`{"statusCode":403,"error":"PermissionBoundaryError","message":"Failed to assign the role","details":{"missingPermissions":[{"action":"edit","subject":"secrets","conditions":{"secretPath":{"$glob":"/a/**"},"environment":"prod"}},{"action":"read","subject":"identity","conditions":{"identityId":{"$in":["a","b"]}}}]}}`: `Read the identity: Failed to assign the role; missing: edit on secrets where environment is "prod" and secretPath matches "/a/**", read on identity where identityId is one of "a", "b" (GET /api/v1/identities/x returned 403 PermissionBoundaryError).

The identity that the provider logs in as lacks permissions that it wants to grant. You can grant only permissions that you hold yourself: give the identity what is missing, or grant less.`,
		`{"statusCode":403,"error":"PermissionDenied","message":"You are not allowed to edit on secrets","details":[{"action":["read","edit"],"subject":"secrets","conditions":{"environment":{"$ne":"prod"}}},{"action":"edit","subject":"secrets","inverted":true}]}`: `Read the identity: You are not allowed to edit on secrets (GET /api/v1/identities/x returned 403 PermissionDenied).

The identity that the provider logs in as lacks this permission. None of its rules on the subject allows it: read or edit on secrets where environment is not "prod"; deny edit on secrets. Give it a role with this permission, in the organization or in the project that the request is for.`,
		`{"statusCode":422,"error":"ValidationFailure","message":[{"code":"too_small","path":["metadata",0,"key"],"message":"At least 1 character"}]}`: `Read the identity: the server rejected the request; metadata.0.key: At least 1 character (GET /api/v1/identities/x returned 422 ValidationFailure).`,
		`{"statusCode":404,"error":"Not Found","message":"Route GET:/x not found"}`: `Read the identity: this server does not have the route and is probably older (GET /api/v1/identities/x returned 404 Not Found).

Update the server, or remove what needs this route from the configuration.`,
		`{"statusCode":403,"error":"ForbiddenError","message":"Identity is not a member of the specified project"}`: `Read the identity: Identity is not a member of the specified project (GET /api/v1/identities/x returned 403 ForbiddenError).

The identity that the provider logs in as is not a member of this project. Only the identity that created the project is a member from the start. Add it with a machineid_project_membership, applied by an identity that may manage members of the project.`,
		`{"statusCode":400,"error":"BadRequest","message":"Identity has delete protection"}`: `Read the identity: Identity has delete protection (GET /api/v1/identities/x returned 400 BadRequest).`,
		`{"statusCode":401,"error":"UnauthorizedError","message":"Token revoked"}`: `Use the configured access token: the server rejected it: Token revoked (GET /api/v1/identities/x returned 401 UnauthorizedError).

The token has expired, was revoked, or has no uses left. Set a new one in access_token or INFISICAL_TOKEN, or configure universal_auth or oidc, with which the provider logs in whenever it needs to.`,
	} {
		var said api.Error
		if err := json.Unmarshal([]byte(body), &said); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, client.Config{Host: "http://server.invalid", AccessToken: "x", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return respond(said.StatusCode, "application/json", body), nil
		})})
		_, err := c.Identity(t.Context(), "x")
		if err == nil || client.Explain(err) != want {
			t.Errorf("got\n%s\nwant\n%s", client.Explain(err), want)
		}
	}
}

func TestExplainWithoutResponse(t *testing.T) {
	c := newClient(t, client.Config{Host: "http://server.invalid", AccessToken: "x", OrganizationID: "o", RetryMaxElapsed: 1, Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return nil, errors.New("connection reset by peer")
	})})
	_, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x"})
	want := "Create the identity: no response: connection reset by peer; the lookup of what it may have created failed: search the identities: no response: connection reset by peer.\n\nThe request may have succeeded anyway. Check before retrying: import or delete what was created."
	if err == nil || client.Explain(err) != want {
		t.Errorf("got\n%s\nwant\n%s", client.Explain(err), want)
	}
	c = newClient(t, client.Config{Host: "http://127.0.0.1:1", AccessToken: "x", OrganizationID: "o", RetryMaxElapsed: 1})
	_, err = c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x"}) // never sent
	if err == nil || !strings.HasSuffix(client.Explain(err), "Check host, and that this machine can reach the server.") {
		t.Errorf("%v", err)
	}
}

func TestAuthMethods(t *testing.T) {
	for name, tc := range map[string]struct {
		identity api.Identity
		want     []string
	}{
		"one, older":  {api.Identity{AuthMethod: new(new("universal-auth"))}, []string{"universal-auth"}},
		"none, older": {api.Identity{}, nil},
		"many":        {api.Identity{AuthMethods: []string{"a", "b"}, AuthMethod: new(new("a"))}, []string{"a", "b"}},
		"none":        {api.Identity{AuthMethods: []string{}}, nil},
	} {
		if got := client.AuthMethods(tc.identity); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestExplainNotFound checks that the update of a missing object has a remedy, and its read has none.
func TestExplainNotFound(t *testing.T) {
	c := newClient(t, client.Config{Host: "http://server.invalid", AccessToken: "x", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return respond(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"NotFound","message":"Failed to find the identity"}`), nil
	})})
	const said, todo = "Failed to find the identity", "was removed outside Terraform"
	_, err := c.UpdateIdentity(t.Context(), "x", api.UpdateIdentityRequest{})
	if err == nil || !strings.Contains(client.Explain(err), said) || !strings.Contains(client.Explain(err), todo) {
		t.Errorf("change: %v", err)
	}
	_, err = c.Identity(t.Context(), "x")
	if err == nil || !strings.Contains(client.Explain(err), said) || strings.Contains(client.Explain(err), todo) {
		t.Errorf("read: %v", err)
	}
}
