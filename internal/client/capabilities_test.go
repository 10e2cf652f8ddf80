// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const descriptionPath = "/api/docs/json"

func allFeatures() []client.Feature {
	return []client.Feature{
		client.IdentityDeleteProtection, client.ProjectDescription, client.ProjectType, client.ProjectDeleteProtection, client.ProjectEnvironmentChoice,
		client.ProjectAuditLogRetention, client.ProjectSlugChange, client.PeriodicAccessTokens, client.Lockouts, client.ClaimMetadata,
		client.ProjectIdentities, client.FolderAccess,
	}
}

// TestFeatures expects that today's server has all features, by its description or else by its routes, and
// that a server of October 2024, which describes nothing, has none of them.
func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		generation string
		hidden     bool // the server has no description
		want       bool
		requests   int // for all features
	}{
		"today":                       {want: true, requests: 1},
		"today without a description": {hidden: true, want: true, requests: 1 + 3}, // one for each route that proves a feature
		"October 2024":                {generation: "old", requests: 1 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.StartWith(t, servertest.Options{Generation: tc.generation})
			requests := &log{}
			c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				requests.note(req)
				if tc.hidden && req.URL.Path == descriptionPath {
					return respond(http.StatusNotFound, "text/html", "<html>"), nil
				}
				return next.RoundTrip(req)
			}))
			var all sync.WaitGroup
			for range 3 {
				for _, f := range allFeatures() {
					all.Go(func() {
						if got := c.Supports(t.Context(), f); got != tc.want {
							t.Errorf("%s: %t", f.Name, got)
						}
					})
				}
			}
			all.Wait()
			if got := requests.count("/") - requests.count(loginPath); got > tc.requests || requests.count(descriptionPath) != 1 {
				t.Errorf("%d requests: %q", got, requests.sent)
			}
			if !c.Supports(t.Context(), client.UniversalAuth.Feature()) || !c.Supports(t.Context(), client.OIDCAuth.Feature()) {
				t.Error("an auth method is missing")
			}
		})
	}
}

// TestFeaturesOfADescription expects that a described operation without the property decides, and that a
// route decides for an operation that is not described.
func TestFeaturesOfADescription(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	for name, tc := range map[string]struct {
		status      int
		kind, body  string
		description bool
	}{
		"lacking":         {200, "application/json", describing(`"/api/v1/projects/": {"post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"projectName": {}}}}}}}}`), false},
		"having":          {200, "application/json; charset=utf-8", describing(`"/api/v1/projects": {"post": {"requestBody": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/P"}]}}}}}}`), true},
		"older route":     {200, "application/json", describing(`"/api/v2/workspace": {"post": {"requestBody": {"content": {"application/json": {"schema": {"anyOf": [{"properties": {"projectDescription": {}}}]}}}}}}`), true},
		"not described":   {200, "application/json", describing(`"/api/v1/other": {"post": {}}`), true},
		"without a body":  {200, "application/json", describing(`"/api/v1/projects": {"post": {}}`), true},
		"an empty object": {200, "application/json", `{}`, true},
		"a list":          {200, "application/json", `[]`, true},
		"broken off":      {200, "application/json", `{"paths": {"/api/v1/projects": {"post": {"requ`, true},
		"a web page":      {200, "text/html", "<html>", true},
		"not found":       {404, "application/json", `{"statusCode": 404, "error": "Not Found", "message": "Route GET:/api/docs/json not found"}`, true},
		"a gateway":       {503, "text/html", "", true},
	} {
		requests := &log{}
		c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			requests.note(req)
			if req.URL.Path == descriptionPath {
				if req.Header.Get("Authorization") != "" {
					t.Error("the description is public")
				}
				return respond(tc.status, tc.kind, tc.body), nil
			}
			return next.RoundTrip(req)
		}))
		if got := c.Supports(t.Context(), client.ProjectDescription); got != tc.description || requests.count(descriptionPath) != 1 {
			t.Errorf("%s: %t after %q", name, got, requests.sent)
		}
	}
}

func describing(path string) string {
	return `{"openapi": "3.0.3", "paths": {` + path + `}, "components": {"securitySchemes": {}, "schemas": {"Q": {"properties": {}}, "P": {"properties": {"projectDescription": {"type": "string"}}}}}}`
}

// repeated is a reader of n copies of a text.
type repeated struct {
	text string
	n    int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestLargeDescription expects that less than 2 MB are kept of a description of 40 MB. It is not parallel, as it
// measures the memory of the process.
func TestLargeDescription(t *testing.T) {
	server := servertest.Start(t)
	before, after, _ := strings.Cut(describing(`"/api/v1/unrelated": {FILL "put": {}}, "/api/v1/identities": {"post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"name": {}}}}}}}}`), "FILL")
	filler := func() io.Reader {
		return &repeated{text: `"get": {"description": "` + strings.Repeat("x", 4<<10) + `"},`, n: 5_000}
	}
	measure := &meter{}
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.URL.Path != descriptionPath {
			return next.RoundTrip(req)
		}
		resp := respond(http.StatusOK, "application/json", "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(before), filler(), measure, filler(), strings.NewReader(after)))
		return resp, nil
	}))
	unread := liveMemory()
	if c.Supports(t.Context(), client.IdentityDeleteProtection) {
		t.Error("the description was not read to its end")
	}
	if kept := int64(measure.live) - int64(unread); measure.live == 0 || kept > 2<<20 {
		t.Errorf("%d KB were kept", kept>>10)
	}
}

// meter is an empty part of a body that measures the live memory when it is read.
type meter struct{ live uint64 }

func (m *meter) Read([]byte) (int, error) {
	m.live = liveMemory()
	return 0, io.EOF
}

// liveMemory returns the bytes of the heap that are in use.
func liveMemory() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// TestFeaturesWithoutAServer expects that the request that uses a feature reports the failure, and that a
// failure is not remembered.
func TestFeaturesWithoutAServer(t *testing.T) {
	t.Parallel()
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	down := true
	c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), RetryMaxElapsed: 1, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if down {
			return nil, io.ErrUnexpectedEOF
		}
		return next.RoundTrip(req)
	})})
	if !c.Supports(t.Context(), client.ProjectType) {
		t.Error("a server that cannot be reached lacks nothing")
	}
	if down = false; c.Supports(t.Context(), client.ProjectType) {
		t.Error("a failure was remembered")
	}
}
