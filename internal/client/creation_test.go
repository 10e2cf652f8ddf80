// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// losses are failures that lose the response of a create, before or after the server processed it.
var losses = map[string]wire{
	"reset before": func(http.RoundTripper, *http.Request) (*http.Response, error) { return nil, errReset },
	"reset after":  after(func(*http.Response) (*http.Response, error) { return nil, errReset }),
	"truncated after": after(func(resp *http.Response) (*http.Response, error) {
		resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 5), broken{}))
		return resp, nil
	}),
	"503 before": func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return respond(503, "text/html", "down"), nil
	},
	"503 after": after(func(*http.Response) (*http.Response, error) { return respond(503, "text/html", "down"), nil }),
	"500 after": after(func(*http.Response) (*http.Response, error) {
		return respond(500, "application/json", `{"error":"SomeError"}`), nil
	}),
	"HTML 200 after": after(func(*http.Response) (*http.Response, error) {
		return respond(200, "text/html", "<html>portal</html>"), nil
	}),
	"nothing in it after": after(func(*http.Response) (*http.Response, error) {
		return respond(200, "application/json", `{}`), nil
	}),
	"time-out after": after(func(*http.Response) (*http.Response, error) { return nil, context.DeadlineExceeded }),
}

var errReset = errors.New("connection reset by peer")

// after breaks the response of a request that the server processed.
func after(spoil func(*http.Response) (*http.Response, error)) wire {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		whole, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return nil, errors.Join(err, errors.New("the server did not do its work: "+string(whole)))
		}
		resp.Body = io.NopCloser(bytes.NewReader(whole))
		return spoil(resp)
	}
}

func isCreate(req *http.Request) bool {
	path := req.URL.Path
	return req.Method == http.MethodPost && !strings.HasSuffix(path, "/search") && !strings.HasSuffix(path, "/login") && !strings.HasSuffix(path, "/revoke")
}

// losing applies one loss to each of the first creates.
func losing(first ...wire) wire {
	var mu sync.Mutex
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		mu.Lock()
		loss := wire(nil)
		if isCreate(req) && len(first) > 0 {
			loss, first = first[0], first[1:]
		}
		mu.Unlock()
		if loss != nil {
			return loss(next, req)
		}
		return next.RoundTrip(req)
	}
}

// fixture is a server with the parents of new objects.
type fixture struct {
	server   *servertest.Server
	project  servertest.Project
	identity servertest.Identity // outside of the project, without a method
	member   string              // its ID
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	p := fixture{server: servertest.Start(t)}
	p.project = p.server.NewProject(t)
	sound := admin(t, p.server, nil)
	for _, id := range []*string{&p.identity.ID, &p.member} {
		made, err := sound.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "place"})
		if err != nil {
			t.Fatal(err)
		}
		*id = made.ID
	}
	p.server.Join(t, p.project, p.member, "viewer")
	if _, err := client.UniversalAuth.Attach(t.Context(), sound, p.member, api.UniversalAuthRequest{}); err != nil {
		t.Fatal(err)
	}
	return p
}

// texts returns the IDs of the matching objects in a list.
func (p fixture) texts(t *testing.T, path, list string, match func(map[string]any) bool) []string {
	t.Helper()
	a := p.server.AsAdmin(t, http.MethodGet, path, nil)
	elements, ok := a.At(list).([]any)
	if !ok {
		t.Fatalf("GET %s: %d %v", path, a.Status, a.Body)
	}
	var ids []string
	for _, element := range elements {
		object, _ := element.(map[string]any)
		if match(object) {
			id, _ := object["id"].(string)
			if list == "identities" && object["identityId"] != nil {
				id, _ = object["identityId"].(string)
			}
			ids = append(ids, id)
		}
	}
	return ids
}

func having(field, value string) func(map[string]any) bool {
	return func(object map[string]any) bool { return object[field] == value }
}

var rule = permission.Rules{{Subject: "secrets", Actions: []string{"readValue"}, Conditions: permission.Conditions{
	{Key: "environment", Tests: []permission.Test{permission.NewTest(permission.Eq, "dev")}},
}}}

// creates has every create of the client: create returns the ID of the object, and there returns the IDs
// on the server.
var creates = map[string]struct {
	create func(context.Context, *client.Client, fixture) (string, error)
	there  func(*testing.T, fixture) []string
}{
	"identity": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "a.made", Role: new("member"), HasDeleteProtection: new(true), Metadata: &[]api.Metadata{{Key: "k", Value: "v"}}})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/identities?orgId="+p.server.Admin.OrganizationID, "identities", func(m map[string]any) bool {
			identity, _ := m["identity"].(map[string]any)
			return identity["name"] == "a.made"
		})
	}},
	"client secret": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateClientSecret(ctx, p.member, api.CreateClientSecretRequest{Description: "made", TTL: 60, NumUsesLimit: 2})
		if err == nil && len(made.Secret.Reveal()) != 64 {
			err = errors.New("the secret is not known")
		}
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/auth/universal-auth/identities/"+p.member+"/client-secrets", "clientSecretData", func(map[string]any) bool { return true })
	}},
	"Universal Auth": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := client.UniversalAuth.Attach(ctx, c, p.identity.ID, api.UniversalAuthRequest{
			TokenSettingsRequest: api.TokenSettingsRequest{
				AccessTokenTTL: new(int64(60)), AccessTokenMaxTTL: new(int64(60)),
				AccessTokenTrustedIPs: &[]api.TrustedIPRequest{{IPAddress: "127.0.0.1"}, {IPAddress: "10.0.0.0/8"}},
			},
			LockoutThreshold: new(int64(5)),
		})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return []string{p.server.AsAdmin(t, http.MethodGet, "/v1/auth/universal-auth/identities/"+p.identity.ID, nil).Text("identityUniversalAuth", "id")}
	}},
	"membership": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		made, err := c.AddProjectMember(ctx, p.project.ID, p.identity.ID, []api.RoleAssignment{{Role: "viewer"},
			{Role: "admin", IsTemporary: true, TemporaryMode: new("relative"), TemporaryRange: new("1h"), TemporaryAccessStartTime: &start}})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v2/workspace/"+p.project.ID+"/identity-memberships", "identityMemberships", func(m map[string]any) bool {
			identity, _ := m["identity"].(map[string]any)
			return identity["id"] == p.identity.ID
		})
	}},
	"project": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Made", Slug: new("made-slug"), ProjectDescription: new("d"), ShouldCreateDefaultEnvs: new(false)})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/projects", "projects", having("name", "Made"))
	}},
	"project with the server's slug": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Made"})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/projects", "projects", having("name", "Made"))
	}},
	"organization role": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateOrganizationRole(ctx, api.CreateRoleRequest{Slug: "made", Name: "Made", Description: new("d"), Permissions: permission.Rules{{Subject: "identity", Actions: []string{"read"}}}})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/organization/roles", "roles", having("slug", "made"))
	}},
	"project role": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateProjectRole(ctx, p.project.ID, api.CreateRoleRequest{Slug: "made", Name: "Made", Permissions: rule})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/projects/"+p.project.ID+"/roles", "roles", having("slug", "made"))
	}},
	"privilege": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreatePrivilege(ctx, api.CreatePrivilegeRequest{IdentityID: p.member, ProjectID: p.project.ID, Slug: new("made"), Permissions: rule})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v2/identity-project-additional-privilege?projectId="+p.project.ID+"&identityId="+p.member, "privileges", func(map[string]any) bool { return true })
	}},
	"privilege with the server's slug": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreatePrivilege(ctx, api.CreatePrivilegeRequest{IdentityID: p.member, ProjectID: p.project.ID, Permissions: rule})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v2/identity-project-additional-privilege?projectId="+p.project.ID+"&identityId="+p.member, "privileges", func(map[string]any) bool { return true })
	}},
	"identity of a project": {func(ctx context.Context, c *client.Client, p fixture) (string, error) {
		made, err := c.CreateProjectIdentity(ctx, p.project.ID, api.CreateProjectIdentityRequest{Name: "made", Metadata: &[]api.Metadata{{Key: "k", Value: "v"}}})
		return made.ID, err
	}, func(t *testing.T, p fixture) []string {
		return p.texts(t, "/v1/projects/"+p.project.ID+"/identities", "identities", having("name", "made"))
	}},
}

// TestLostResponses checks that each create with each loss, and with two losses, succeeds and creates one
// object.
func TestLostResponses(t *testing.T) {
	for call, tc := range creates {
		for name, loss := range losses {
			t.Run(call+"/"+name, func(t *testing.T) {
				t.Parallel()
				createOnce(t, tc.create, tc.there, loss)
			})
		}
		t.Run(call+"/before, then after", func(t *testing.T) {
			t.Parallel()
			createOnce(t, tc.create, tc.there, losses["reset before"], losses["503 after"])
		})
	}
}

// createOnce creates an object over connections with losses. It must exist once, with the returned ID.
func createOnce(t *testing.T, create func(context.Context, *client.Client, fixture) (string, error), there func(*testing.T, fixture) []string, first ...wire) {
	t.Helper()
	p := newFixture(t)
	p.server.Clock.Stop() // as real time and that of the bubble differ
	var id string
	var err error
	bubbleWith(t, p.server, func(t *testing.T, direct http.RoundTripper) {
		id, err = create(t.Context(), admin(t, p.server, over(direct, losing(first...))), p)
	})
	if found := there(t, p); err != nil || len(found) != 1 || found[0] != id {
		t.Errorf("created %q, the server has %v: %v", id, found, err)
	}
}

// TestNothingLost checks that a create without loss takes one request.
func TestNothingLost(t *testing.T) {
	for call, tc := range creates {
		p, sent := newFixture(t), &log{}
		c := admin(t, p.server, sent)
		if _, err := c.OrganizationID(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := len(sent.sent)
		if _, err := tc.create(t.Context(), c, p); err != nil || len(sent.sent) != before+1 {
			t.Errorf("%s: %v, %v", call, sent.sent[before:], err)
		}
	}
}

// TestConflict checks that an older object is not adopted, and that the error names it if its key is
// unique.
func TestConflict(t *testing.T) {
	unique := map[string]bool{"Universal Auth": true, "membership": true, "project": true, "organization role": true, "project role": true, "privilege": true}
	for call, tc := range creates {
		p := newFixture(t)
		first, err := tc.create(t.Context(), admin(t, p.server, nil), p)
		if err != nil {
			t.Fatal(call, err)
		}
		for name, c := range map[string]*client.Client{"responded": admin(t, p.server, nil), "lost": admin(t, p.server, losing(losses["reset before"]))} {
			second, err := tc.create(t.Context(), c, p)
			named := client.Candidates(err)
			if unique[call] && (len(named) != 1 || named[0].ID != first) || !unique[call] && (err != nil || second == first) {
				t.Errorf("%s, %s: %q, %v", call, name, second, err)
			}
		}
	}
}

// TestAmbiguous checks that the error names all candidates of a lost create if none is certain, and that
// nothing is adopted, revoked or created again.
func TestAmbiguous(t *testing.T) {
	for name, tc := range map[string]struct {
		call string
		// spoil runs after the server processed the create and before the lookup.
		spoil func(t *testing.T, p fixture)
		there int // afterwards
	}{
		"two identities": {"identity", func(t *testing.T, p fixture) { p.another(t) }, 2},
		"a used identity": {"identity", func(t *testing.T, p fixture) {
			for _, id := range creates["identity"].there(t, p) {
				if a := p.server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id, map[string]any{}); a.Status != 200 {
					t.Error(a)
				}
			}
		}, 1},
		"an identity with another role": {"identity", func(t *testing.T, p fixture) {
			for _, id := range creates["identity"].there(t, p) {
				p.server.AsAdmin(t, http.MethodPatch, "/v1/identities/"+id, map[string]any{"name": "a.made", "role": "no-access"})
			}
		}, 1},
		"two client secrets": {"client secret", func(t *testing.T, p fixture) {
			if a := p.server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+p.member+"/client-secrets", map[string]any{"description": "made", "ttl": 60, "numUsesLimit": 2}); a.Status != 200 {
				t.Error(a)
			}
		}, 2},
		"a changed project": {"project", func(t *testing.T, p fixture) {
			if a := p.server.AsAdmin(t, http.MethodPatch, "/v1/projects/"+creates["project"].there(t, p)[0], map[string]any{"description": "other"}); a.Status != 200 {
				t.Error(a)
			}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFixture(t)
			_, err := creates[tc.call].create(t.Context(), admin(t, p.server, losing(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				resp, err := losses["reset after"](next, req)
				tc.spoil(t, p)
				return resp, err
			})), p)
			named, there := client.Candidates(err), creates[tc.call].there(t, p)
			if err == nil || len(named) != tc.there || len(there) != tc.there {
				t.Fatalf("the server has %v: %v", there, err)
			}
			for _, candidate := range named {
				if said := client.Explain(err); !strings.Contains(said, candidate.ID) || !strings.Contains(said, "created at 20") || !strings.Contains(strings.ToLower(said), "import it") {
					t.Error(said)
				}
			}
		})
	}
}

// another creates an equal identity, as somebody else.
func (p fixture) another(t *testing.T) {
	t.Helper()
	body := map[string]any{"name": "a.made", "organizationId": p.server.Admin.OrganizationID, "role": "member", "hasDeleteProtection": true, "metadata": []any{map[string]any{"key": "k", "value": "v"}}}
	if a := p.server.AsAdmin(t, http.MethodPost, "/v1/identities", body); a.Status != 200 {
		t.Fatal(a)
	}
}

// TestOlderObjects checks that older objects, by the clock of the server, are not adopted.
func TestOlderObjects(t *testing.T) {
	for _, off := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute} {
		p := newFixture(t)
		p.server.Clock.Advance(off)
		p.another(t)
		p.server.Clock.Advance(2 * time.Second)
		create := creates["identity"]
		id, err := create.create(t.Context(), admin(t, p.server, losing(losses["reset before"])), p)
		if there := create.there(t, p); err != nil || len(there) != 2 {
			t.Errorf("%s off: created %q, the server has %v: %v", off, id, there, err)
		}
		again, err := create.create(t.Context(), admin(t, p.server, losing(losses["reset after"])), p)
		if there := create.there(t, p); err != nil || again == id || len(there) != 3 {
			t.Errorf("%s off: created %q, the server has %v: %v", off, again, there, err)
		}
	}
}

// TestParallelCreates checks that no two creates of one name adopt the same object.
func TestParallelCreates(t *testing.T) {
	const each = 6
	for _, call := range []string{"identity", "client secret", "identity of a project"} {
		for name, lost := range map[string][]wire{
			"one, before":     {losses["reset before"]},
			"one, after":      {losses["reset after"]},
			"several, before": {losses["reset before"], losses["503 before"], losses["reset before"]},
			"one of each":     {losses["reset before"], losses["reset after"]},
		} {
			p := newFixture(t)
			var mu sync.Mutex
			made := map[string]bool{}
			c := admin(t, p.server, losing(lost...))
			errs := together(each, func() error {
				id, err := creates[call].create(t.Context(), c, p)
				mu.Lock()
				defer mu.Unlock()
				made[id] = true
				return err
			})
			if there := creates[call].there(t, p); errors.Join(errs...) != nil || len(made) != each || len(there) != each {
				t.Errorf("%s, %s: created %d, the server has %d: %v", call, name, len(made), len(there), errors.Join(errs...))
			}
		}
	}
}

// TestConflictAfterALoss checks that a retry adopts the object if the lost create was processed late.
func TestConflictAfterALoss(t *testing.T) {
	for _, call := range []string{"Universal Auth", "membership", "project", "organization role", "project role", "privilege"} {
		p := newFixture(t)
		var late *http.Request
		c := admin(t, p.server, losing(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			late = req.Clone(context.WithoutCancel(req.Context()))
			late.Body = io.NopCloser(bytes.NewReader(body))
			return nil, errors.Join(err, errReset)
		}, func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(late)
			if err == nil {
				err = resp.Body.Close()
			}
			if err != nil {
				return nil, err
			}
			return next.RoundTrip(req)
		}))
		id, err := creates[call].create(t.Context(), c, p)
		if there := creates[call].there(t, p); err != nil || len(there) != 1 || there[0] != id {
			t.Errorf("%s: created %q, the server has %v: %v", call, id, there, err)
		}
	}
}

// TestInterruptedCreate checks the lookup after an interrupt. The create is not retried.
func TestInterruptedCreate(t *testing.T) {
	for name, there := range map[string]int{"reset after": 1, "reset before": 0} {
		p := newFixture(t)
		ctx, interrupt := context.WithCancel(t.Context())
		id, err := creates["identity"].create(ctx, admin(t, p.server, losing(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			interrupt()
			return losses[name](next, req)
		})), p)
		if found := creates["identity"].there(t, p); len(found) != there || (err == nil) != (there == 1) || there == 1 && found[0] != id {
			t.Errorf("%s: created %q, the server has %v: %v", name, id, found, err)
		}
	}
}

// TestParallelCreateInFlight checks that a lost create does not adopt the object of another create that
// was processed and has no response yet.
func TestParallelCreateInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
		responded := make(chan struct{})
		first := wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
			resp, err := direct.RoundTrip(req)
			<-responded
			return resp, err
		})
		spoiled := losing(nil, first, losses["reset before"])
		c := newClient(t, asToken(server, sender(func(req *http.Request) (*http.Response, error) { return spoiled(direct, req) })))
		if err := create(t.Context(), c); err != nil { // no limit is waited for from now on
			t.Fatal(err)
		}
		ids := make(chan string, 2)
		create := func() {
			made, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "both"})
			if err != nil {
				t.Error(err)
			}
			ids <- made.ID
		}
		go create()
		synctest.Wait()
		go create()
		synctest.Wait()
		close(responded)
		if one, other := <-ids, <-ids; one == other {
			t.Error("both have created " + one)
		}
	})
}

// TestCreateWaitsAsRequested: a create that a server rejects with 503 is sent again after its Retry-After.
func TestCreateWaitsAsRequested(t *testing.T) {
	var mu sync.Mutex
	var sent []time.Time
	p := newFixture(t)
	busy := wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if isCreate(req) {
			mu.Lock()
			defer mu.Unlock()
			if sent = append(sent, time.Now()); len(sent) == 1 {
				return respond(503, "text/html", "down", "Retry-After", "2"), nil
			}
		}
		return next.RoundTrip(req)
	})
	if _, err := creates["identity"].create(t.Context(), admin(t, p.server, busy), p); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 2 || sent[1].Sub(sent[0]) < 2*time.Second {
		t.Errorf("sent at %v", sent)
	}
}
