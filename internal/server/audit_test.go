// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// logs returns the audit log, the newest first, denied attempts included.
func logs(t *testing.T, s *servertest.Server, query string) []map[string]any {
	t.Helper()
	if err := s.Sandbox.FlushRefusals(t.Context()); err != nil {
		t.Fatal(err)
	}
	const most = 1000 // of a page
	var all []map[string]any
	for {
		page := s.AsAdmin(t, http.MethodGet, fmt.Sprintf("/v1/organization/audit-logs?limit=%d&offset=%d&%s", most, len(all), query), nil).At("auditLogs").([]any)
		for _, log := range page {
			all = append(all, log.(map[string]any))
		}
		if len(page) < most {
			return all
		}
	}
}

// TestEveryWriteIsAudited calls every route that changes something, as somebody who may and as
// somebody who may not: each leaves one event, which says who, from where and what, and no secret.
func TestEveryWriteIsAudited(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	secrets := []string{s.Admin.ClientSecret, s.Admin.AccessToken}
	all := server.Permissions()
	for _, route := range server.Routes() {
		if strings.HasPrefix(route, "GET ") || strings.Contains(route, "/search") {
			continue
		}
		demanded := all[route]
		g := newStage(t, s, s.NewProject(t), s.NewIdentity(t, "no-access", nil))
		if !strings.HasSuffix(route, "/universal-auth/identities/{identityId}") || !strings.HasPrefix(route, "POST") {
			secrets = append(secrets, g.identity.ClientSecret)
		}
		g.TokenIn(t, g.project, permission.Rule{Subject: "identity", Actions: []string{"edit"}}) // call asks for it
		before := len(logs(t, s, ""))
		a := call(t, g, route, s.Admin.AccessToken)
		for _, field := range []string{"accessToken", "clientSecret"} {
			if secret := a.Text(field); secret != "" {
				secrets = append(secrets, secret)
			}
		}
		oneMore(t, s, route, before, a.Status == http.StatusOK, secrets)

		if demanded.Scope == permission.Organization {
			nobody := s.TokenWith(t)
			secrets = append(secrets, nobody)
			before = len(logs(t, s, ""))
			if a := call(t, g, route, nobody); a.Status != http.StatusForbidden {
				t.Errorf("%s of somebody who may nothing: %d %v", route, a.Status, a.Body)
			}
			oneMore(t, s, route, before, false, secrets)
		}
	}
}

func oneMore(t *testing.T, s *servertest.Server, route string, before int, done bool, secrets []string) {
	t.Helper()
	all := logs(t, s, "")
	if len(all) != before+1 {
		t.Fatalf("%s: %d events more, not one", route, len(all)-before)
	}
	log := all[0]
	text, err := json.Marshal(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s: a secret stands in the event", route)
		}
	}
	event := log["event"].(map[string]any)
	refused := log["outcome"] == "refused" && log["reason"] != nil
	if done == refused || done && len(event["metadata"].(map[string]any)) == 0 {
		t.Errorf("%s, done: %v, is logged as %s", route, done, text)
	}
	public := strings.Contains(route, "/auth/token/") || strings.HasSuffix(route, "/login")
	known := log["actor"].(map[string]any)["type"] == "identity"
	if event["type"] == "" || log["ipAddress"] != "127.0.0.1" || !strings.HasPrefix(log["reqId"].(string), "req-") ||
		!strings.HasPrefix(log["userAgent"].(string), "Go-http-client") || !known && !public {
		t.Errorf("%s: %s", route, text)
	}
}

// TestAuditLogs: who may read them, and what is found by what.
func TestAuditLogs(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	i := s.NewIdentity(t, "no-access", nil)
	s.TokenOf(t, i)
	s.Clock.Stop()
	start := s.Clock.Now().UTC().Format("2006-01-02T15:04:05.999999999Z07:00")
	s.Join(t, p, i.ID, "viewer")
	token := s.TokenOf(t, i)

	types := func(query string) []string {
		var found []string
		for _, log := range logs(t, s, query) {
			found = append(found, log["event"].(map[string]any)["type"].(string))
		}
		return found
	}
	for query, want := range map[string][]string{
		"startDate=" + start: {"login-identity-universal-auth", "create-identity-project-membership"},
		"actor=" + i.ID:      {"login-identity-universal-auth", "login-identity-universal-auth"},
		"projectId=" + p.ID:  {"create-identity-project-membership", "create-project"},
		"eventType=create-project,%20add-identity-universal-auth": {"add-identity-universal-auth", "create-project"},
		"eventType=create-organization&endDate=" + start:          {"create-organization"},
		"eventType=nothing": nil,
	} {
		got := types(query)
		if slices.Sort(got); !slices.Equal(got, sorted(want)) {
			t.Errorf("%s: %v, not %v", query, got, want)
		}
	}
	for query, status := range map[string]int{
		"limit=0": 422, "limit=1001": 422, "offset=-1": 422, "startDate=yesterday": 422, "endDate=" + start + "&startDate=9999-01-01T00:00:00Z": 422,
		"projectId=" + unknown: 404,
	} {
		if a := s.Call(t, http.MethodGet, "/v1/organization/audit-logs?"+query, s.Admin.AccessToken, nil); a.Status != status {
			t.Errorf("%s: %d %v", query, a.Status, a.Body)
		}
	}
	// A viewer of the project may read what happened there, and nothing else.
	if a := s.Call(t, http.MethodGet, "/v1/organization/audit-logs?projectId="+p.ID, token, nil); a.Status != http.StatusOK {
		t.Errorf("a viewer of the project: %d %v", a.Status, a.Body)
	}
	if a := s.Call(t, http.MethodGet, "/v1/organization/audit-logs", token, nil); a.Status != http.StatusForbidden {
		t.Errorf("a viewer of a project in the organization: %d %v", a.Status, a.Body)
	}
}

func sorted(texts []string) []string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return texts
}

// TestFloodOfBadLogins: thousands of refused logins are a few events, which say how many there were.
func TestFloodOfBadLogins(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	if err := s.Sandbox.FlushRefusals(t.Context()); err != nil {
		t.Fatal(err)
	}
	const attempts = 400
	for n := range attempts {
		if n%2 == 0 {
			s.Login(t, i.ClientID, "wrong")
		} else {
			s.Login(t, unknown[:len(unknown)-4]+string(rune('a'+n%26))+string(rune('a'+n/26))+"xx", "wrong")
		}
	}
	logged, events := 0.0, 0
	for _, log := range logs(t, s, "eventType=login-identity-universal-auth") {
		if log["outcome"] == "refused" {
			logged += log["attempts"].(float64)
			events++
		}
	}
	// The background may have written several times meanwhile, on a slow machine.
	if logged != attempts || events > attempts/2 {
		t.Errorf("%v attempts are in %d events", logged, events)
	}
}
