// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
)

// TestMalformedRequests sends requests that are broken in some way to every route, those of them
// that need a token with one. MALFORMED_REQUESTS is their number, MALFORMED_SEED repeats a run. None
// is a fault of the server, and no answer and no log quotes what was sent as a secret.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	count, seed := fromEnvironment(t, "MALFORMED_REQUESTS", 2000), fromEnvironment(t, "MALFORMED_SEED", 1)
	s, log := startLogged(t)
	p := s.NewProject(t)
	m := mangler{
		Rand:  rand.New(rand.NewPCG(uint64(seed), 0)),
		stage: newStage(t, s, p, s.NewIdentity(t, "no-access", nil)),
	}
	routes := server.Routes()
	slices.Sort(routes)
	statuses := map[int]int{}
	for n := range count {
		r := m.request(t, routes[n%len(routes)])
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("request %d, %s: %v", n, routes[n%len(routes)], err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		statuses[resp.StatusCode]++
		switch {
		case err != nil:
			t.Errorf("request %d, %s: the answer breaks off: %v", n, routes[n%len(routes)], err)
		case resp.StatusCode >= http.StatusInternalServerError:
			t.Errorf("request %d, %s: %d %s", n, routes[n%len(routes)], resp.StatusCode, body)
		case bytes.Contains(body, []byte(marked)):
			t.Errorf("request %d, %s: the answer quotes a secret: %s", n, routes[n%len(routes)], body)
		}
	}
	for status := range statuses {
		if status < http.StatusOK || status >= http.StatusInternalServerError {
			t.Errorf("status %d", status)
		}
	}
	for _, secret := range []string{marked, s.Admin.AccessToken, s.Admin.ClientSecret, m.stage.identity.ClientSecret} {
		if strings.Contains(log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
	if a := s.AsAdmin(t, http.MethodGet, "/v1/identities/details", nil); a.Status != http.StatusOK {
		t.Error("it works no longer")
	}
	var counts []string
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		counts = append(counts, fmt.Sprintf("%d: %d", status, statuses[status]))
	}
	t.Logf("%d requests to %d routes, seed %d, by status: %s", count, len(routes), seed, strings.Join(counts, ", "))
}

func fromEnvironment(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, and no number from 1 on", variable, text)
	}
	return n
}

// marked stands where secrets belong; no answer and no log may hold it.
const marked = "SECRETMARKER"

// mangler makes requests and breaks them.
type mangler struct {
	*rand.Rand
	stage stage
}

func (m mangler) one(of ...string) string { return of[m.IntN(len(of))] }

// nasty are texts that parsers stumble over.
func (m mangler) nasty() string {
	return m.one("", " ", "null", "-1", "0", "1e400", "99999999999999999999", "true", "\x00", "\xff\xfe", "a\u0000b", "'; DROP TABLE identities; --",
		"../../etc/passwd", "%00", "%2e%2e%2f", "%", "{{ identity.metadata.x }}", "{{", "[", "{a,{b,{c", "**/**/**", "💥", "\u202e", "ﷺ", "10.0.0.0/33", "::ffff:1.2.3.4/200",
		"1.2.3.4%eth0", "0001-01-01T00:00:00Z", "9999999-01-01T00:00:00Z", "2026-02-30T25:61:00+99:99", "1h", "-5m", "9223372036854775807s",
		strings.Repeat("a", 256), strings.Repeat("é", 5000), strings.Repeat("[", 3000), m.stage.identity.ID, m.stage.project.ID, m.stage.roleID)
}

// value is JSON of any shape, quoted and whole, or broken.
func (m mangler) value(depth int) string {
	switch n := m.IntN(12); {
	case n < 4 || depth > 4:
		return strconv.Quote(m.nasty())
	case n < 7:
		return m.one("null", "true", "false", "0", "-1", "1.5", "1e3", "1e400", "-0", "9007199254740993", "99999999999999999999999", "NaN", "\"\\ud800\"", "\"\\u0000\"", "")
	case n < 9:
		var items []string
		for range m.IntN(4) {
			items = append(items, m.value(depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return m.object(depth + 1)
	}
}

// names are the fields that the API knows, and some that it does not.
var names = []string{
	"name", "role", "organizationId", "metadata", "key", "value", "hasDeleteProtection", "slug", "description", "permissions", "subject", "action",
	"inverted", "conditions", "$eq", "$in", "$glob", "$ne", "$elemMatch", "$or", "$contains", "roles", "isTemporary", "temporaryMode", "temporaryRange",
	"temporaryAccessStartTime", "type", "identityId", "projectId", "projectName", "projectDescription", "limit", "offset", "search", "orderBy", "orderDirection",
	"accessTokenTTL", "accessTokenMaxTTL", "accessTokenPeriod", "accessTokenNumUsesLimit", "accessTokenTrustedIps", "clientSecretTrustedIps", "ipAddress",
	"lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "ttl", "numUsesLimit", "position", "environment", "secretPath",
	"clientId", "accessToken", "organizationSlug", "__proto__", "Name", "", "\u0000",
}

func (m mangler) object(depth int) string {
	var fields []string
	for range m.IntN(7) {
		fields = append(fields, strconv.Quote(m.one(names...))+":"+m.value(depth))
	}
	if m.IntN(3) == 0 {
		fields = append(fields, `"clientSecret":`+m.one(`"`+marked+`"`, `["`+marked+`"]`, `{"a":"`+marked+`"}`), `"accessToken":"`+marked+`"`)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func (m mangler) body() string {
	text := m.object(0)
	switch m.IntN(6) {
	case 0:
		return text[:m.IntN(len(text)+1)] // breaks off
	case 1:
		return m.value(0)
	case 2:
		mangled := []byte(text)
		for range 1 + m.IntN(4) {
			mangled[m.IntN(len(mangled))] = byte(m.IntN(256))
		}
		return string(mangled)
	case 3:
		return m.one("", strings.Repeat(" ", 300<<10), "clientId=%zz&clientSecret="+marked, "a=b;c=d", "\ufeff{}", "{} {}", `{"name":"a","name":"b"}`)
	}
	return text
}

// request is one for the route, with one thing at least that need not be as it should.
func (m mangler) request(t *testing.T, route string) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	var segments []string
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			segment = escaped(m.one(m.nasty(), unknown, m.stage.identity.ID, m.stage.roleID, m.stage.project.ID, m.stage.project.Slug))
		}
		segments = append(segments, segment)
	}
	address := m.stage.Host + "/api" + strings.Join(segments, "/")
	if m.IntN(2) == 0 {
		var query []string
		for range m.IntN(4) {
			query = append(query, escaped(m.one("orgId", "limit", "offset", "search", "startDate", "endDate", "eventType", "actor", "projectId", "identityId", "projectSlug", "orderBy", "x"))+"="+escaped(m.nasty()))
		}
		address += "?" + strings.Join(query, "&")
	}
	var content io.Reader
	if method != http.MethodGet && method != http.MethodDelete || m.IntN(10) == 0 {
		content = strings.NewReader(m.body())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, content)
	if err != nil {
		t.Fatal(err)
	}
	if kind := m.one("application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/xml", "", "APPLICATION/JSON", "garbage;;="); kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	switch m.IntN(12) {
	case 0:
		r.Header.Set("Authorization", m.one("", "Bearer", "Bearer ", "Basic eDp5", "Bearer "+marked, "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer "+strings.Repeat("x", 20000)))
	default:
		r.Header.Set("Authorization", "Bearer "+m.stage.Admin.AccessToken)
	}
	if m.IntN(8) == 0 {
		r.Header.Set("X-Forwarded-For", m.one("garbage", ",,,", "1.2.3.4, , x", "::1%x", strings.Repeat("1.1.1.1,", 1000)))
		r.Header.Set("User-Agent", m.one("", "\xff\xfe", strings.Repeat("a", 5000)))
	}
	return r
}

// escaped is a text as a segment of a path or part of a query, every byte of it.
func escaped(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&out, "%%%02X", b)
	}
	return out.String()
}
