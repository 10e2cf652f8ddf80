// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// projectWithMembers is a project with members and the admin.
type projectWithMembers struct {
	*servertest.Server
	project servertest.Project
	members []string
}

func newProjectWithMembers(t *testing.T, size int) projectWithMembers {
	t.Helper()
	p := projectWithMembers{Server: servertest.Start(t)}
	p.project = p.NewProject(t)
	for n := range size {
		id := p.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": fmt.Sprintf("member %03d", n), "organizationId": p.Admin.OrganizationID}).Text("identity", "id")
		p.Join(t, p.project, id, "viewer")
		p.members = append(p.members, id)
	}
	return p
}

// refresh returns the client and the context of a refresh.
func (p projectWithMembers) refresh(t *testing.T, transport http.RoundTripper) (context.Context, *client.Client) {
	t.Helper()
	c := newClient(t, client.Config{Host: p.Host, AccessToken: client.Secret(p.Admin.AccessToken), Transport: transport})
	return client.Refreshing(t.Context()), c
}

// membersPath returns the path of the listing; single members are below it.
func (p projectWithMembers) membersPath() string {
	return "/api/v2/workspace/" + p.project.ID + "/identity-memberships"
}

// pagesOf limits the page size and logs requests.
func pagesOf(size int, seen *log) wire {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		seen.note(req)
		if query := req.URL.Query(); query.Get("limit") != "" {
			req = req.Clone(req.Context())
			query.Set("limit", strconv.Itoa(size))
			req.URL.RawQuery = query.Encode()
		}
		return next.RoundTrip(req)
	}
}

// TestListingCosts checks the bound: at most twice the best number of requests, plus one, for any number,
// order and concurrency of reads.
func TestListingCosts(t *testing.T) {
	const size = 24
	p := newProjectWithMembers(t, size)
	for _, length := range []int{1, 3, 8, 1000} {
		pages := (size + 1 + length - 1) / length
		for _, reads := range []int{1, 2, 3, 5, 9, 16, size} {
			for _, parallel := range []int{1, 10} {
				var seen log
				ctx, c := p.refresh(t, pagesOf(length, &seen))
				p.read(ctx, t, c, reads, parallel)
				sent, best := seen.count(p.membersPath()), min(reads, pages)
				if sent > 2*best+1 {
					t.Errorf("%d reads, %d at once, of %d pages: %d requests, where %d would have done", reads, parallel, pages, sent, best)
				}
			}
		}
	}
}

func (p projectWithMembers) read(ctx context.Context, t *testing.T, c *client.Client, reads, parallel int) {
	t.Helper()
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, n := range rand.Perm(len(p.members))[:reads] {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if member, err := c.ProjectMember(ctx, p.project.ID, p.members[n]); err != nil || member.Identity.ID != p.members[n] || member.Roles[0].Role != "viewer" {
				t.Error(n, member, err)
			}
		})
	}
	group.Wait()
}

// TestListingEqualsReads compares objects from listings with single reads.
func TestListingEqualsReads(t *testing.T) {
	p := newProjectWithMembers(t, 3)
	server := p.Server
	role := server.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.project.ID+"/roles", map[string]any{"slug": "custom-one", "name": "Custom", "permissions": []any{}}).Text("role", "slug")
	server.AsAdmin(t, http.MethodPatch, strings.TrimPrefix(p.membersPath(), "/api")+"/"+p.members[1], map[string]any{"roles": []any{
		map[string]any{"role": role},
		map[string]any{"role": "member", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "2h", "temporaryAccessStartTime": "2026-12-01T00:00:00Z"},
	}})
	member := server.NewIdentity(t, "member", nil)
	var secrets []string
	for n := range 3 {
		secrets = append(secrets, server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+member.ID+"/client-secrets",
			map[string]any{"description": fmt.Sprint("no. ", n), "ttl": 3600 * n, "numUsesLimit": n}).Text("clientSecretData", "id"))
	}
	projects := []string{p.project.ID}
	for n := range 3 {
		projects = append(projects, server.AsAdmin(t, http.MethodPost, "/v1/projects", map[string]any{
			"projectName": fmt.Sprint("Project ", n), "projectDescription": "", "type": "kms", "hasDeleteProtection": n == 1, "shouldCreateDefaultEnvs": n == 2,
		}).Text("project", "id"))
	}

	var seen log
	ctx, c := p.refresh(t, &seen)
	_, alone := p.refresh(t, nil)
	sameAs := func(what string, ids []string, read func(context.Context, *client.Client, string) (any, error)) {
		for _, id := range ids {
			listed, err := read(ctx, c, id)
			single, aloneErr := read(t.Context(), alone, id)
			if a, b := encoded(t, listed), encoded(t, single); a != b || err != nil || aloneErr != nil {
				t.Errorf("%s %s: %v %v\nlisted %s\nread   %s", what, id, err, aloneErr, a, b)
			}
		}
	}
	sameAs("member", p.members, func(ctx context.Context, c *client.Client, id string) (any, error) {
		return c.ProjectMember(ctx, p.project.ID, id)
	})
	sameAs("secret", secrets, func(ctx context.Context, c *client.Client, id string) (any, error) {
		return c.ClientSecret(ctx, member.ID, id)
	})
	sameAs("project", projects, func(ctx context.Context, c *client.Client, id string) (any, error) { return c.Project(ctx, id) })
	if n := seen.count("GET"); n != 6 {
		t.Errorf("%d requests, not one read and one listing of each kind: %v", n, seen.sent)
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestListingIsCurrent checks that earlier changes by others and changes by this client are seen.
func TestListingIsCurrent(t *testing.T) {
	p := newProjectWithMembers(t, 6)
	var seen log
	ctx, c := p.refresh(t, &seen)
	role := func(n int) string {
		t.Helper()
		member, err := c.ProjectMember(ctx, p.project.ID, p.members[n])
		if client.IsNotFound(err) {
			return "gone"
		}
		if err != nil {
			t.Fatal(err)
		}
		return member.Roles[0].Role
	}
	path := func(member int) string { return strings.TrimPrefix(p.membersPath(), "/api") + "/" + p.members[member] }
	p.AsAdmin(t, http.MethodPatch, path(2), map[string]any{"roles": []any{map[string]any{"role": "admin"}}})
	p.AsAdmin(t, http.MethodDelete, path(3), nil)
	if got := []string{role(0), role(1), role(2), role(3)}; !slices.Equal(got, []string{"viewer", "viewer", "admin", "gone"}) {
		t.Error(got)
	}
	if n := seen.count(p.membersPath()); n != 3 {
		t.Errorf("%d requests, not a read, a listing and a read of what is not in it", n)
	}

	if err := c.SetProjectMemberRoles(t.Context(), p.project.ID, p.members[4], []api.RoleAssignment{{Role: "member"}}); err != nil {
		t.Fatal(err)
	}
	p.AsAdmin(t, http.MethodDelete, path(5), nil)
	if got := []string{role(1), role(4), role(5)}; !slices.Equal(got, []string{"viewer", "member", "gone"}) {
		t.Error("after a write:", got)
	}

	seen = log{}
	for _, member := range []int{0, 1, 2} { // not a refresh
		if _, err := c.ProjectMember(t.Context(), p.project.ID, p.members[member]); err != nil {
			t.Error(err)
		}
	}
	if n := seen.count(p.membersPath() + "/"); n != 3 {
		t.Errorf("%d of 3 reads outside a refresh were sent", n)
	}
}

// TestListingOfSecrets checks revoked secrets, and secrets of an identity without Universal Auth.
func TestListingOfSecrets(t *testing.T) {
	p := newProjectWithMembers(t, 0)
	member := p.NewIdentity(t, "no-access", nil)
	path := "/v1/auth/universal-auth/identities/" + member.ID
	var secrets []string
	for range 4 {
		secrets = append(secrets, p.AsAdmin(t, http.MethodPost, path+"/client-secrets", map[string]any{}).Text("clientSecretData", "id"))
	}
	p.AsAdmin(t, http.MethodPost, path+"/client-secrets/"+secrets[2]+"/revoke", map[string]any{})
	ctx, c := p.refresh(t, nil)
	for n, id := range secrets {
		if _, err := c.ClientSecret(ctx, member.ID, id); client.IsNotFound(err) != (n == 2) || n != 2 && err != nil {
			t.Error(n, err)
		}
	}
	p.AsAdmin(t, http.MethodDelete, path, nil)
	ctx, c = p.refresh(t, nil)
	for n, id := range secrets {
		if _, err := c.ClientSecret(ctx, member.ID, id); !client.IsNotFound(err) {
			t.Error(n, err)
		}
	}
}

// TestListingRejected checks that a rejected listing is requested once.
func TestListingRejected(t *testing.T) {
	p := newProjectWithMembers(t, 6)
	type refusal struct {
		status     int
		kind, body string
	}
	for name, r := range map[string]refusal{
		"forbidden":  {http.StatusForbidden, "application/json", `{"statusCode":403,"error":"PermissionDenied","message":"no"}`},
		"no route":   {http.StatusNotFound, "application/json", `{"statusCode":404,"error":"Not Found","message":"no"}`},
		"a portal":   {http.StatusOK, "text/html", `<html>`},
		"no roles":   {http.StatusOK, "application/json", `{"totalCount":1,"identityMemberships":[{"id":"m","identity":{"id":"` + p.members[3] + `"}}]}`},
		"no members": {http.StatusOK, "application/json", `{"totalCount":9,"identityMemberships":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			var seen log
			ctx, c := p.refresh(t, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				seen.note(req)
				if req.URL.Path == p.membersPath() {
					return respond(r.status, r.kind, r.body), nil
				}
				return next.RoundTrip(req)
			}))
			p.read(ctx, t, c, len(p.members), 1)
			if all, single := seen.count(p.membersPath()), seen.count(p.membersPath()+"/"); single != len(p.members) || all != single+1 {
				t.Errorf("%d requests, %d of them for one member", all, single)
			}
		})
	}
}

// TestListingLacksAField checks that an incomplete row is not used.
func TestListingLacksAField(t *testing.T) {
	p := newProjectWithMembers(t, 0)
	var ids []string
	for n := range 4 {
		ids = append(ids, p.AsAdmin(t, http.MethodPost, "/v1/projects", map[string]any{"projectName": fmt.Sprint("Project ", n), "hasDeleteProtection": true}).Text("project", "id"))
	}
	var seen log
	ctx, c := p.refresh(t, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		seen.note(req)
		resp, err := next.RoundTrip(req)
		if err != nil || req.URL.Path != "/api/v1/projects" {
			return resp, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		return respond(resp.StatusCode, "application/json", strings.ReplaceAll(string(body), `"hasDeleteProtection":true,`, "")), err
	}))
	for _, id := range ids {
		if project, err := c.Project(ctx, id); err != nil || project.HasDeleteProtection == nil || !*project.HasDeleteProtection {
			t.Error(project, err)
		}
	}
	if all, single := seen.count("/projects"), seen.count("/projects/"); all != 5 || single != 4 {
		t.Errorf("%d requests, %d of them for one project", all, single)
	}
}

// TestExistenceOnly checks that only fields of listings are returned.
func TestExistenceOnly(t *testing.T) {
	p := newProjectWithMembers(t, 8)
	p.AsAdmin(t, http.MethodPatch, "/v1/identities/"+p.members[3], map[string]any{"name": "renamed", "role": "member", "hasDeleteProtection": true, "metadata": []any{map[string]any{"key": "a", "value": "b"}}})
	p.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+p.members[4], map[string]any{})
	p.AsAdmin(t, http.MethodDelete, "/v1/identities/"+p.members[5], nil)
	for name, token := range map[string]string{
		"admin":  p.Admin.AccessToken,
		"member": p.TokenOf(t, p.NewIdentity(t, "member", nil)),
	} {
		var seen log
		c := newClient(t, client.Config{Host: p.Host, AccessToken: client.Secret(token), Transport: &seen, ExistenceOnly: true})
		ctx := client.Refreshing(t.Context())
		for n, id := range p.members {
			found, err := c.IdentityFromListing(ctx, id, true)
			if n == 5 && client.IsNotFound(err) {
				continue
			}
			if changed := n == 3; err != nil || found.IdentityID != id || (found.Identity.Name == "renamed") != changed || (found.Role == "member") != changed || *found.Identity.HasDeleteProtection != changed {
				t.Error(name, n, found, err)
			}
			if found.Metadata != nil {
				t.Errorf("%s: %d has metadata", name, n)
			}
			if n == 4 {
				if auth, err := client.UniversalAuth.Refresh(ctx, c, id); auth != nil || err != nil {
					t.Error(name, auth, err)
				}
			}
		}
		if got := seen.count("/identities"); got != 4 { // with the caller's details
			t.Errorf("%s: %d requests: %v", name, got, seen.sent)
		}
		if auth, err := client.UniversalAuth.Refresh(ctx, c, p.members[6]); auth != nil || !client.IsNotFound(err) {
			t.Error(name, auth, err)
		}
	}
	var seen log
	ctx, c := p.refresh(t, &seen)
	for n, id := range p.members[:5] {
		for range 2 { // the second time, the listing is there
			if found, err := c.IdentityFromListing(ctx, id, true); err != nil || len(found.Metadata) > 0 != (n == 3) || found.Metadata == nil {
				t.Error("used a listing without ExistenceOnly:", found, err)
			}
			if found, err := c.IdentityFromListing(ctx, id, false); err != nil || found.Identity.Name == "renamed" != (n == 3) {
				t.Error(found, err)
			}
		}
	}
	if got := seen.count("/identities"); got != 5*2+1+1+1 { // with metadata, without, the listing, the caller's details
		t.Errorf("%d requests: %v", got, seen.sent)
	}
	if auth, err := client.UniversalAuth.Refresh(ctx, c, p.members[4]); err != nil || auth == nil {
		t.Error("used a listing without ExistenceOnly:", auth, err)
	}
}

// blockingServer responds when release is closed.
type blockingServer struct {
	release  chan struct{}
	sent     atomic.Int32
	given    atomic.Int32 // requests given up
	metadata atomic.Int32 // the value that reads return
}

func (s *blockingServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		s.metadata.Add(1)
		return respond(http.StatusOK, "application/json", `{"identity":{"id":"i"}}`), nil
	}
	s.sent.Add(1)
	value := s.metadata.Load()
	select {
	case <-s.release:
	case <-req.Context().Done():
		s.given.Add(1)
		return nil, req.Context().Err()
	}
	return respond(http.StatusOK, "application/json", fmt.Sprintf(
		`{"identity":{"identityId":"i","role":"member","orgId":"o","identity":{"id":"i"},"metadata":[{"key":"n","value":"%d"}]}}`, value)), nil
}

func (s *blockingServer) client(t *testing.T) *client.Client {
	t.Helper()
	s.release = make(chan struct{})
	return newClient(t, client.Config{Host: "http://blockingServer.example", AccessToken: "token", Transport: s})
}

// TestConcurrentReadsShare checks that a canceled read leaves the shared request to the others.
func TestConcurrentReadsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s blockingServer
		c := s.client(t)
		first, leave := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := c.Identity(first, "i"); err == nil || !strings.Contains(err.Error(), "interrupted") {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 20 {
			group.Go(func() {
				if found, err := c.Identity(t.Context(), "i"); err != nil || found.Metadata[0].Value != "0" {
					t.Error(found, err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(s.release)
		group.Wait()
		if sent, given := s.sent.Load(), s.given.Load(); sent != 1 || given != 0 {
			t.Errorf("%d requests, %d given up", sent, given)
		}
	})
}

// TestLastWaiterLeaves checks that a shared request ends with its last waiter, and that the next read
// sends a new one.
func TestLastWaiterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s blockingServer
		c := s.client(t)
		ctx, leave := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := c.Identity(ctx, "i"); err == nil {
					t.Error("no error")
				}
			})
		}
		synctest.Wait()
		leave()
		group.Wait()
		synctest.Wait()
		if sent, given := s.sent.Load(), s.given.Load(); sent != 1 || given != 1 {
			t.Errorf("%d requests, %d given up", sent, given)
		}
		close(s.release)
		if _, err := c.Identity(t.Context(), "i"); err != nil {
			t.Error(err)
		}
	})
}

// TestReadAfterWrite checks that a read after a write shares no earlier request.
func TestReadAfterWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s blockingServer
		c := s.client(t)
		var group sync.WaitGroup
		read := func(want string) {
			group.Go(func() {
				if found, err := c.Identity(t.Context(), "i"); err != nil || found.Metadata[0].Value != want {
					t.Error(found, err, "want", want)
				}
			})
			synctest.Wait()
		}
		read("0")
		if _, err := c.UpdateIdentity(t.Context(), "i", api.UpdateIdentityRequest{}); err != nil {
			t.Fatal(err)
		}
		read("1")
		read("1")
		close(s.release)
		group.Wait()
		if sent := s.sent.Load(); sent != 2 {
			t.Errorf("%d requests", sent)
		}
	})
}

// TestListingExpires checks that a long refresh fetches the listing again.
func TestListingExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var listed int
		member := func(id string) string {
			return `{"id":"m` + id + `","identity":{"id":"` + id + `"},"roles":[{"role":"viewer"}]}`
		}
		c := newClient(t, client.Config{Host: "http://blockingServer.example", AccessToken: "token", Transport: wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
			if id, one := strings.CutPrefix(req.URL.Path, "/api/v2/workspace/p/identity-memberships/"); one {
				return respond(http.StatusOK, "application/json", `{"identityMembership":`+member(id)+`}`), nil
			}
			listed++
			return respond(http.StatusOK, "application/json", `{"totalCount":3,"identityMemberships":[`+member("a")+","+member("b")+","+member("c")+`]}`), nil
		})})
		for range 2 {
			for _, id := range []string{"a", "b", "c"} {
				if _, err := c.ProjectMember(client.Refreshing(t.Context()), "p", id); err != nil {
					t.Error(err)
				}
			}
			<-time.After(6 * time.Minute)
		}
		if listed != 2 {
			t.Errorf("listed %d times", listed)
		}
	})
}
