// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

const oidcAuth = "/v1/auth/oidc-auth/identities/"

// boundTo is the body of an attach that takes what the issuer signs, and more fields.
func boundTo(i *oidctest.Issuer, more object) object {
	body := object{"oidcDiscoveryUrl": i.URL, "boundIssuer": i.URL, "boundClaims": object{}}
	maps.Copy(body, more)
	return body
}

func loginOIDC(t *testing.T, s *servertest.Server, identityID, jwt string) servertest.Response {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/oidc-auth/login", "", object{"identityId": identityID, "jwt": jwt})
}

func TestOIDCAuth(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := oidctest.StartTLS(t, s.Clock.Now)
	id := newIdentity(t, s)
	path, admin := oidcAuth+id, s.Admin.AccessToken
	want(t, "read before", s.Call(t, http.MethodGet, path, admin, nil), 400, "BadRequest")
	made := s.AsAdmin(t, http.MethodPost, path, object{
		"oidcDiscoveryUrl": " " + i.URL + " ", "boundIssuer": i.URL, "boundClaims": object{"ref": "refs/heads/main,refs/tags/*", "a.b": " c "}, "caCert": i.CACert,
		"boundAudiences": "one,two , three", "templateId": unknown,
	})
	for field, value := range map[string]string{
		"oidcDiscoveryUrl": i.URL, "boundIssuer": i.URL, "boundClaims": "map[a.b:c ref:refs/heads/main, refs/tags/*]", "caCert": strings.TrimSpace(i.CACert), "boundAudiences": "one, two, three",
		"boundSubject": "", "claimMetadataMapping": "map[]", "accessTokenTTL": "2.592e+06", "accessTokenMaxTTL": "2.592e+06", "accessTokenNumUsesLimit": "0", "identityId": id,
		"accessTokenTrustedIps": "[map[ipAddress:0.0.0.0 prefix:0 type:ipv4] map[ipAddress::: prefix:0 type:ipv6]]",
	} {
		if got := fmt.Sprint(made.At("identityOidcAuth", field)); got != value {
			t.Errorf("%s is %q, not %q", field, got, value)
		}
	}
	want(t, "attached twice", s.Call(t, http.MethodPost, path, admin, boundTo(i, nil)), 400, "BadRequest")
	same := func(a servertest.Response) {
		t.Helper()
		if read := s.AsAdmin(t, http.MethodGet, path, nil); fmt.Sprint(read.Body) != fmt.Sprint(a.Body) {
			t.Errorf("read %v, answered %v", read.Body, a.Body)
		}
	}
	same(made)
	changed := s.AsAdmin(t, http.MethodPatch, path, object{
		"boundSubject": "repo:o/*", "boundClaims": object{}, "boundAudiences": "", "caCert": "", "claimMetadataMapping": object{"team": "groups.team"},
		"accessTokenTTL": 60, "accessTokenMaxTTL": 3600, "accessTokenNumUsesLimit": 5, "accessTokenTrustedIps": []object{{"ipAddress": "10.0.0.0/8"}},
	})
	same(changed)
	for field, value := range map[string]string{
		"boundSubject": "repo:o/*", "boundClaims": "map[]", "boundAudiences": "", "caCert": "", "claimMetadataMapping": "map[team:groups.team]", "accessTokenTTL": "60",
		"accessTokenMaxTTL": "3600", "accessTokenNumUsesLimit": "5", "accessTokenTrustedIps": "[map[ipAddress:10.0.0.0 prefix:8 type:ipv4]]", "oidcDiscoveryUrl": i.URL,
	} {
		if got := fmt.Sprint(changed.At("identityOidcAuth", field)); got != value {
			t.Errorf("%s is %q, not %q", field, got, value)
		}
	}
	want(t, "nothing to change", s.Call(t, http.MethodPatch, path, admin, object{}), 400, "BadRequest")
	if removed := s.AsAdmin(t, http.MethodDelete, path, nil); removed.At("identityOidcAuth", "caCert") != nil || removed.At("identityOidcAuth", "id") != made.At("identityOidcAuth", "id") {
		t.Errorf("%v", removed.Body)
	}
	want(t, "removed twice", s.Call(t, http.MethodDelete, path, admin, nil), 400, "BadRequest")
	want(t, "no identity", s.Call(t, http.MethodPost, oidcAuth+unknown, admin, boundTo(i, nil)), 404, "NotFound")
}

func TestOIDCAuthRefused(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := oidctest.Start(t, s.Clock.Now)
	bare, with := oidcAuth+newIdentity(t, s), oidcAuth+newIdentity(t, s)
	s.AsAdmin(t, http.MethodPost, with, boundTo(i, nil))
	before := fmt.Sprint(s.AsAdmin(t, http.MethodGet, with, nil).Body)
	for name, c := range map[string]struct {
		body  object
		field string
	}{
		"no URL":                   {object{"oidcDiscoveryUrl": "issuer"}, "oidcDiscoveryUrl"},
		"empty URL":                {object{"oidcDiscoveryUrl": " "}, "oidcDiscoveryUrl"},
		"inner address":            {object{"oidcDiscoveryUrl": "https://169.254.169.254"}, "oidcDiscoveryUrl"},
		"public address over http": {object{"oidcDiscoveryUrl": "http://8.8.8.8"}, "oidcDiscoveryUrl"},
		"a file":                   {object{"oidcDiscoveryUrl": "file:///etc/passwd"}, "oidcDiscoveryUrl"},
		"no issuer":                {object{"boundIssuer": ""}, "boundIssuer"},
		"null":                     {object{"boundIssuer": nil}, "boundIssuer"},
		"no certificate":           {object{"caCert": "x"}, "caCert"},
		"slip in audiences":        {object{"boundAudiences": "a,,b"}, "boundAudiences"},
		"only a comma":             {object{"boundAudiences": ","}, "boundAudiences"},
		"claim without values":     {object{"boundClaims": object{"a": ""}}, "boundClaims"},
		"claim without a name":     {object{"boundClaims": object{"": "a"}}, "boundClaims"},
		"claim with a number":      {object{"boundClaims": object{"a": 1}}, "boundClaims"},
		"cut alternatives":         {object{"boundClaims": object{"a": "{b,c"}}, "boundClaims"},
		"pattern of a claim":       {object{"boundClaims": object{"a": "x[a"}}, "boundClaims"},
		"excluding claim":          {object{"boundClaims": object{"a": "*!(b)"}}, "boundClaims"},
		"pattern of the subject":   {object{"boundSubject": "repo:[o/*"}, "boundSubject"},
		"excluding subject":        {object{"boundSubject": "!repo:*"}, "boundSubject"},
		"metadata":                 {object{"claimMetadataMapping": object{"a": " "}}, "claimMetadataMapping"},
		"ttl above max":            {object{"accessTokenTTL": 100, "accessTokenMaxTTL": 50}, "accessTokenTTL"},
		"negative ttl":             {object{"accessTokenTTL": -1}, "accessTokenTTL"},
		"no address at all":        {object{"accessTokenTrustedIps": []object{}}, "accessTokenTrustedIps"},
	} {
		for method, path := range map[string]string{http.MethodPost: bare, http.MethodPatch: with} {
			body := c.body
			if method == http.MethodPost {
				body = boundTo(i, body)
			}
			a := s.Call(t, method, path, s.Admin.AccessToken, body)
			want(t, method+" "+name, a, 422, "ValidationFailure")
			if path := fmt.Sprint(issue(a)["path"]); !strings.HasPrefix(path, "["+c.field) {
				t.Errorf("%s %s: the issue is at %s", method, name, path)
			}
		}
	}
	for _, field := range []string{"oidcDiscoveryUrl", "boundIssuer", "boundClaims"} {
		body := boundTo(i, nil)
		delete(body, field)
		a := s.Call(t, http.MethodPost, bare, s.Admin.AccessToken, body)
		want(t, "without "+field, a, 422, "ValidationFailure")
		if fmt.Sprint(issue(a)["path"]) != "["+field+"]" {
			t.Errorf("without %s: %v", field, a.Body)
		}
	}
	want(t, "nothing was attached", s.Call(t, http.MethodGet, bare, s.Admin.AccessToken, nil), 400, "BadRequest")
	if after := fmt.Sprint(s.AsAdmin(t, http.MethodGet, with, nil).Body); after != before {
		t.Errorf("refused changes changed something: %s", after)
	}
}

func TestOIDCLogin(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := oidctest.Start(t, s.Clock.Now)
	id := newIdentity(t, s)
	s.AsAdmin(t, http.MethodPost, oidcAuth+id, boundTo(i, object{
		"boundSubject": "repo:o/r:*", "boundAudiences": "machineid, other", "boundClaims": object{"ref": "refs/heads/*"}, "accessTokenTTL": 600, "accessTokenMaxTTL": 1000,
	}))
	good := object{"sub": "repo:o/r:ref:main", "ref": "refs/heads/main"}
	a := loginOIDC(t, s, strings.ToUpper(id), " "+i.Sign(t, good)+"\n")
	if a.Status != http.StatusOK || a.At("expiresIn") != 600.0 || a.At("accessTokenMaxTTL") != 1000.0 || a.Text("tokenType") != "Bearer" || !s.Alive(t, a.Text("accessToken")) {
		t.Fatalf("%d %v", a.Status, a.Body)
	}
	read := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+id, nil)
	if read.Text("identity", "lastLoginAuthMethod") != "oidc-auth" || fmt.Sprint(read.At("identity", "identity", "authMethods")) != "[oidc-auth]" {
		t.Errorf("%v", read.Body)
	}
	with := func(changed object) string {
		claims := maps.Clone(good)
		maps.Copy(claims, changed)
		return i.Sign(t, claims)
	}
	for what, c := range map[string]struct {
		jwt    string
		status int
		name   string
	}{
		"another subject":  {with(object{"sub": "repo:o/r2:ref:main"}), 403, "ForbiddenError"},
		"no subject":       {with(object{"sub": nil}), 403, "ForbiddenError"},
		"another audience": {with(object{"aud": "else"}), 401, "UnauthorizedError"},
		"no audience":      {with(object{"aud": nil}), 401, "UnauthorizedError"},
		"another claim":    {with(object{"ref": "refs/tags/v1"}), 401, "UnauthorizedError"},
		"no claim":         {with(object{"ref": nil}), 401, "UnauthorizedError"},
		"expired":          {with(object{"exp": s.Clock.Now().Add(-time.Minute).Unix()}), 401, "UnauthorizedError"},
		"not yet":          {with(object{"nbf": s.Clock.Now().Add(time.Minute).Unix()}), 401, "UnauthorizedError"},
		"another issuer":   {with(object{"iss": "https://else.example.com"}), 401, "UnauthorizedError"},
		"another key":      {i.SignWith(t, oidctest.NewKey(t, "ES256"), good), 401, "UnauthorizedError"},
		"our own token":    {a.Text("accessToken"), 401, "UnauthorizedError"},
		"nothing":          {"", 401, "UnauthorizedError"},
		"too long":         {strings.Repeat("x", 20000), 422, "ValidationFailure"},
	} {
		got := loginOIDC(t, s, id, c.jwt)
		want(t, what, got, c.status, c.name)
		if len(c.jwt) > 20 && strings.Contains(fmt.Sprint(got.Body), c.jwt[len(c.jwt)-20:]) {
			t.Errorf("%s: the answer quotes the JWT: %v", what, got.Body)
		}
	}
	want(t, "no such identity", loginOIDC(t, s, unknown, i.Sign(t, good)), 404, "NotFound")
	want(t, "an identity without the method", loginOIDC(t, s, newIdentity(t, s), i.Sign(t, good)), 404, "NotFound")
	slug := s.AsAdmin(t, http.MethodGet, "/v1/identities/details", nil).Text("identityDetails", "organization", "slug")
	for named, status := range map[string]int{slug: 200, strings.ToUpper(slug): 200, "elsewhere": 404, "a b": 422} {
		got := s.Call(t, http.MethodPost, "/v1/auth/oidc-auth/login", "", object{"identityId": id, "jwt": i.Sign(t, good), "organizationSlug": named})
		if got.Status != status {
			t.Errorf("organization %q: %d %v", named, got.Status, got.Body)
		}
	}
	s.Clock.Advance(601 * time.Second)
	want(t, "after its TTL", details(t, s, a.Text("accessToken")), http.StatusForbidden, "TokenError")
}

// TestOIDCTokens: what a login gave is bound to the method as any other's tokens.
func TestOIDCTokens(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := oidctest.Start(t, s.Clock.Now)
	both := s.NewIdentity(t, "no-access", nil)
	s.AsAdmin(t, http.MethodPost, oidcAuth+both.ID, boundTo(i, object{"accessTokenNumUsesLimit": 100}))
	token := loginOIDC(t, s, both.ID, i.Sign(t, nil)).Text("accessToken")
	universal := s.TokenOf(t, both)
	trust := func(ip string) {
		s.AsAdmin(t, http.MethodPatch, oidcAuth+both.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": ip}}})
	}
	trust("10.0.0.0/8")
	want(t, "from elsewhere", details(t, s, token), 403, "ForbiddenError")
	if !s.Alive(t, universal) {
		t.Error("the addresses of one method bind another's token")
	}
	trust("127.0.0.1")
	renewed := renew(t, s, token).Text("accessToken")
	if !s.Alive(t, token) || !s.Alive(t, renewed) {
		t.Error("from where it is trusted")
	}
	want(t, "revoke", revoke(t, s, token), 200, "")
	want(t, "revoked", details(t, s, renewed), 401, "UnauthorizedError")

	token = loginOIDC(t, s, both.ID, i.Sign(t, nil)).Text("accessToken")
	s.AsAdmin(t, http.MethodDelete, oidcAuth+both.ID, nil)
	want(t, "its method is gone", details(t, s, token), 401, "UnauthorizedError")
	s.AsAdmin(t, http.MethodPost, oidcAuth+both.ID, boundTo(i, nil))
	want(t, "its method is back", details(t, s, token), 401, "UnauthorizedError")
	if !s.Alive(t, universal) {
		t.Error("the token of another method died")
	}
	token = loginOIDC(t, s, both.ID, i.Sign(t, nil)).Text("accessToken")
	s.AsAdmin(t, http.MethodDelete, "/v1/identities/"+both.ID, nil)
	want(t, "its identity is gone", details(t, s, token), 401, "UnauthorizedError")
}

// TestClaimsOfATemplate: claims that a token keeps stand in for the templates of rules, for that
// token alone.
func TestClaimsOfATemplate(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := oidctest.Start(t, s.Clock.Now)
	p, id := s.NewProject(t), newIdentity(t, s)
	target, other := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil)
	for _, member := range []string{target.ID, other.ID} {
		s.Join(t, p, member, "no-access")
	}
	s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "one", "name": "One", "permissions": []object{
		rule("identity", `{"identityId":"{{identity.auth.oidc.claims.target}}"}`, "read"),
	}})
	s.Join(t, p, id, "one")
	s.AsAdmin(t, http.MethodPost, oidcAuth+id, boundTo(i, object{"claimMetadataMapping": object{"target": "who.reads"}}))
	token := func(target string) string {
		return loginOIDC(t, s, id, i.Sign(t, object{"who": object{"reads": target}})).Text("accessToken")
	}
	read := func(token, member string) servertest.Response {
		return s.Call(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/identities/"+member, token, nil)
	}
	one := token(target.ID)
	want(t, "whom the claim names", read(one, target.ID), 200, "")
	want(t, "anybody else", read(one, other.ID), 403, "PermissionDenied")
	want(t, "another token", read(token(other.ID), target.ID), 403, "PermissionDenied")
	want(t, "the renewed token", read(renew(t, s, one).Text("accessToken"), target.ID), 200, "")
	want(t, "a JWT without the claim", loginOIDC(t, s, id, i.Sign(t, nil)), 401, "UnauthorizedError")
}

// TestNoIssuersAllowed: without the flag, no issuer on this machine is asked.
func TestNoIssuersAllowed(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{NoIssuers: true})
	i := oidctest.StartTLS(t, s.Clock.Now)
	id := newIdentity(t, s)
	for _, url := range []string{i.URL, strings.Replace(i.URL, "https", "http", 1)} {
		want(t, url, s.Call(t, http.MethodPost, oidcAuth+id, s.Admin.AccessToken, boundTo(i, object{"oidcDiscoveryUrl": url})), 422, "ValidationFailure")
	}
	named := strings.Replace(i.URL, "127.0.0.1", "localhost", 1)
	s.AsAdmin(t, http.MethodPost, oidcAuth+id, boundTo(i, object{"oidcDiscoveryUrl": named, "caCert": i.CACert}))
	want(t, "by its name", loginOIDC(t, s, id, i.Sign(t, nil)), 401, "UnauthorizedError")
	if n := i.Requests(oidctest.DiscoveryPath); n > 0 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

// TestChangedDuringLogin: an issuer that is asked for its keys while the method changes opens
// nothing that the changed method does not, and while it is asked others write.
func TestChangedDuringLogin(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for what, change := range map[string]func(t *testing.T, path string){
		"another issuer": func(t *testing.T, path string) {
			s.AsAdmin(t, http.MethodPatch, path, object{"boundIssuer": "https://else"})
		},
		"another audience": func(t *testing.T, path string) {
			s.AsAdmin(t, http.MethodPatch, path, object{"boundAudiences": "else"})
		},
		"removed": func(t *testing.T, path string) { s.AsAdmin(t, http.MethodDelete, path, nil) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			i := oidctest.Start(t, s.Clock.Now)
			id := newIdentity(t, s)
			s.AsAdmin(t, http.MethodPost, oidcAuth+id, boundTo(i, nil))
			asked, release := make(chan struct{}), make(chan struct{})
			i.Handle("/slow", func(w http.ResponseWriter, r *http.Request) {
				close(asked)
				<-release
				http.Redirect(w, r, "/discovery", http.StatusFound)
			})
			i.Handle("/discovery", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+oidctest.KeysPath)
			})
			i.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/slow", http.StatusFound) })
			jwt, answered := i.Sign(t, nil), make(chan servertest.Response, 1)
			go func() { answered <- loginOIDC(t, s, id, jwt) }()
			<-asked
			change(t, oidcAuth+id)
			close(release)
			if a := <-answered; a.Status == http.StatusOK || a.Status >= 500 {
				t.Errorf("%d %v", a.Status, a.Body)
			}
			if read := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+id, nil); read.At("identity", "lastLoginTime") != nil {
				t.Errorf("%v", read.Body)
			}
		})
	}
}
