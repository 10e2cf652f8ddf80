// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func start(t *testing.T) (*servertest.Server, *client.Client) {
	t.Helper()
	s := servertest.StartWith(t, servertest.Options{Generation: "old"})
	c, err := client.New(client.Config{Host: s.Host, Credentials: &client.Credentials{
		ClientID: s.Admin.ClientID, ClientSecret: client.Secret(s.Admin.ClientSecret), OrganizationSlug: "",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// must returns a function that stops the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestClientOnIdentities(t *testing.T) {
	ctx := t.Context()
	_, c := start(t)
	protect, metadata := true, []api.Metadata{{Key: "team", Value: "x"}}
	made := must[api.Identity](t)(c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "ci.prod", HasDeleteProtection: &protect, Metadata: &metadata}))
	if made.HasDeleteProtection != nil || made.AuthMethods != nil || made.Metadata != nil || made.OrgID != "" {
		t.Errorf("an identity has newer fields: %+v", made)
	}
	read := must[api.IdentityMembership](t)(c.Identity(ctx, made.ID))
	if len(read.Metadata) != 1 || read.Identity.HasDeleteProtection != nil {
		t.Errorf("an identity reads %+v", read)
	}
	found := must[[]api.IdentityMembership](t)(c.IdentitiesByName(ctx, "ci.prod"))
	if len(found) != 1 {
		t.Errorf("found %d identities by name", len(found))
	}

	period, enabled := int64(60), true
	attached := must[api.UniversalAuth](t)(client.UniversalAuth.Attach(ctx, c, made.ID, api.UniversalAuthRequest{AccessTokenPeriod: &period, LockoutEnabled: &enabled}))
	if attached.AccessTokenPeriod != nil || attached.LockoutEnabled != nil {
		t.Errorf("Universal Auth has newer fields: %+v", attached)
	}
	read = must[api.IdentityMembership](t)(c.Identity(ctx, made.ID))
	if methods := client.AuthMethods(read.Identity); !slices.Equal(methods, []string{api.MethodUniversalAuth}) {
		t.Errorf("auth methods: %v", methods)
	}
	secret := must[client.NewClientSecret](t)(c.CreateClientSecret(ctx, made.ID, api.CreateClientSecretRequest{}))
	for range 5 { // enough for a lockout
		if _, err := c.Login(ctx, client.Credentials{ClientID: attached.ClientID, ClientSecret: "wrong"}); client.Status(err) != http.StatusUnauthorized {
			t.Errorf("a wrong secret: %v", err)
		}
	}
	must[client.Token](t)(c.Login(ctx, client.Credentials{ClientID: attached.ClientID, ClientSecret: secret.Secret}))

	if err := c.RevokeClientSecret(ctx, made.ID, secret.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ClientSecret(ctx, made.ID, secret.ID); !client.IsNotFound(err) {
		t.Errorf("a revoked secret: %v", err)
	}
	if err := client.UniversalAuth.Remove(ctx, c, made.ID); err != nil {
		t.Error(err)
	}
	if _, err := client.UniversalAuth.Get(ctx, c, made.ID); !client.IsNotFound(err) {
		t.Errorf("after removing the auth method: %v", err)
	}
	if err := c.DeleteIdentity(ctx, made.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Identity(ctx, made.ID); !client.IsNotFound(err) {
		t.Errorf("a deleted identity: %v", err)
	}
}

func TestClientOnProjects(t *testing.T) {
	ctx := t.Context()
	s, c := start(t)
	description := "ignored"
	made := must[api.Project](t)(c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Shop", ProjectDescription: &description}))
	if made.Description != nil || made.Type != "" || made.HasDeleteProtection != nil {
		t.Errorf("a project has newer fields: %+v", made)
	}
	must[api.Project](t)(c.Project(ctx, made.Slug))
	i := s.NewIdentity(t, "no-access", nil)
	if err := c.SetProjectMemberRoles(ctx, made.ID, i.ID, []api.RoleAssignment{{Role: "viewer"}}); !client.IsNotFound(err) {
		t.Errorf("set the roles of an identity that is not a member: %v", err)
	}
	if err := c.RemoveProjectMember(ctx, made.ID, i.ID); !client.IsNotFound(err) {
		t.Errorf("remove an identity that is not a member: %v", err)
	}
	must[api.Membership](t)(c.AddProjectMember(ctx, made.ID, i.ID, []api.RoleAssignment{{Role: "viewer"}}))
	if member := must[api.Member](t)(c.ProjectMember(ctx, made.ID, i.ID)); member.Roles[0].Role != "viewer" {
		t.Errorf("membership: %+v", member)
	}
	if _, err := c.OrganizationRoleBySlug(ctx, "admin"); !client.IsNoRoute(err) {
		t.Errorf("read an organization role: %v", err)
	}
	if err := c.DeleteProject(ctx, made.ID); err != nil {
		t.Error(err)
	}
}

func TestRenewalKeepsTheToken(t *testing.T) {
	ctx := t.Context()
	s, c := start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", lives(60, 150))
	opened := must[client.Token](t)(c.Login(ctx, client.Credentials{ClientID: i.ClientID, ClientSecret: client.Secret(i.ClientSecret)}))
	if opened.TTL != time.Minute || !opened.RenewalProlongs() {
		t.Fatalf("TTL %v, maximum TTL %v", opened.TTL, opened.MaxTTL)
	}
	for range 2 {
		s.Clock.Advance(40 * time.Second)
		renewed := must[client.Token](t)(c.Renew(ctx, opened.AccessToken))
		if renewed.AccessToken != opened.AccessToken || renewed.TTL != time.Minute {
			t.Errorf("another access token, or TTL %v", renewed.TTL)
		}
	}
	s.Clock.Advance(20 * time.Second)
	if _, err := c.Renew(ctx, opened.AccessToken); client.Status(err) != http.StatusUnauthorized {
		t.Errorf("renew past the maximum TTL: %v", err)
	}
	if !s.Alive(t, opened.AccessToken.Reveal()) {
		t.Error("the rejected renewal revoked the token")
	}
	s.Clock.Advance(40 * time.Second)
	if s.Alive(t, opened.AccessToken.Reveal()) {
		t.Error("the access token is valid after its TTL")
	}
}

func TestErrorsHaveNoRequestIDAndNoDetails(t *testing.T) {
	s := servertest.StartWith(t, servertest.Options{Generation: "old"})
	token := s.TokenOf(t, s.NewIdentity(t, "no-access", nil))
	for name, a := range map[string]servertest.Response{
		"no token":      s.Call(t, http.MethodGet, "/v1/identities/x", "", nil),
		"no route":      s.Call(t, http.MethodGet, "/v1/nowhere", "", nil),
		"no permission": s.Call(t, http.MethodGet, "/v1/identities/x", token, nil),
		"no schema":     s.Call(t, http.MethodPost, "/v1/identities", s.Admin.AccessToken, struct{}{}),
		"a boundary":    s.Call(t, http.MethodPost, "/v1/identities", s.TokenOf(t, s.NewIdentity(t, "member", nil)), map[string]any{"name": "x", "organizationId": s.Admin.OrganizationID, "role": "admin"}),
	} {
		if a.Status < http.StatusBadRequest || !slices.Equal(keys(a.Body), []string{"error", "message", "statusCode"}) {
			t.Errorf("%s: %d %v", name, a.Status, a.Body)
		}
	}
}

// TestRulesOfVersion1 reads a role as it was written. Rules that another server wrote to the same
// database and that version 1 cannot express are read in full.
func TestRulesOfVersion1(t *testing.T) {
	old, newer := generations(t)
	project := newer.NewProject(t)
	roles, admin := "/v1/workspace/"+project.Slug+"/roles", newer.Admin.AccessToken
	onSecrets := object{"subject": "secrets", "action": []string{"read", "edit"}, "conditions": object{"environment": "dev"}}
	made := old.Call(t, http.MethodPost, roles, admin, object{"slug": "a", "name": "A", "permissions": []any{onSecrets}})
	want := "[map[action:[read edit] conditions:map[environment:dev] subject:secrets]]"
	read := old.Call(t, http.MethodGet, roles+"/slug/a", admin, nil)
	for _, a := range []servertest.Response{made, read} {
		if got := fmt.Sprint(a.At("role", "permissions")); got != want {
			t.Errorf("rules: %s", got)
		}
	}
	full := newer.AsAdmin(t, http.MethodGet, "/v1/projects/"+project.ID+"/roles/slug/a", nil)
	if all, _ := full.At("role", "permissions").([]any); len(all) != 4 {
		t.Errorf("rules with those of version 1 expanded: %v", all)
	}
	newer.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", object{"slug": "b", "name": "B",
		"permissions": []any{object{"subject": "secret-imports", "action": []string{"read"}}}})
	if got := fmt.Sprint(old.Call(t, http.MethodGet, roles+"/slug/b", admin, nil).At("role", "permissions")); got != "[map[action:[read] subject:secret-imports]]" {
		t.Errorf("rules that version 1 cannot express: %s", got)
	}
}

// TestRateLimitIsAnInternalError expects status 500 with the headers of a rate limit.
func TestRateLimitIsAnInternalError(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{RateLimits: "read=1", Generation: "old"})
	path := "/v1/identities/" + s.Admin.IdentityID
	s.AsAdmin(t, http.MethodGet, path, nil)
	limited := s.Call(t, http.MethodGet, path, s.Admin.AccessToken, nil)
	if limited.Status != http.StatusInternalServerError || limited.Text("error") != api.ErrorInternal || limited.Text("reqId") != "" ||
		limited.Header.Get("X-RateLimit-Remaining") != "0" || limited.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v %v", limited.Status, limited.Body, limited.Header)
	}
}
