// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// unsigned returns a JWT with an invalid signature.
func unsigned(t *testing.T, claims map[string]any) string {
	t.Helper()
	encoded, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString(encoded) + ".c2ln"
}

// oidcServer is an API that accepts every JWT unless it is configured to reject it, and rejects the second
// use of each token.
type oidcServer struct {
	jwts    []string
	refuses string
	used    map[string]bool
	gitHub  func(asked int, req *http.Request) (*http.Response, error)
	asked   int
}

func (s *oidcServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "github.example" {
		s.asked++
		return s.gitHub(s.asked, req)
	}
	if strings.HasSuffix(req.URL.Path, "/oidc-auth/login") {
		var login struct{ IdentityID, JWT, OrganizationSlug, SubOrganizationName string }
		if err := json.NewDecoder(req.Body).Decode(&login); err != nil || login.IdentityID != "me" || login.OrganizationSlug != login.SubOrganizationName {
			return nil, fmt.Errorf("%v is no login (%w)", login, err)
		}
		s.jwts = append(s.jwts, login.JWT)
		if s.refuses != "" {
			return respond(http.StatusForbidden, "application/json", fmt.Sprintf(`{"statusCode":403,"error":"ForbiddenError","message":%q}`, s.refuses+login.JWT)), nil
		}
		return respond(http.StatusOK, "application/json", fmt.Sprintf(`{"accessToken":"token-%d","expiresIn":60,"accessTokenMaxTTL":60,"tokenType":"Bearer"}`, len(s.jwts))), nil
	}
	if token := req.Header.Get("Authorization"); s.used[token] {
		return respond(http.StatusForbidden, "application/json", `{"statusCode":403,"error":"TokenError","message":"Your token has expired"}`), nil
	} else if s.used == nil {
		s.used = map[string]bool{token: true}
	} else {
		s.used[token] = true
	}
	return respond(http.StatusOK, "application/json", `{"identity":{"identityId":"i","role":"member","orgId":"o","identity":{"id":"i"}}}`), nil
}

func (s *oidcServer) client(t *testing.T, jwt client.JWTSource) *client.Client {
	t.Helper()
	return newClient(t, client.Config{Host: "http://stage.example", Transport: s, OIDC: &client.OIDC{IdentityID: "me", JWT: jwt, OrganizationSlug: "sub"}})
}

// TestJWTFileIsReadAtEachLogin checks that a login reads the file again.
func TestJWTFileIsReadAtEachLogin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jwt")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first, second := unsigned(t, map[string]any{"sub": "1"}), unsigned(t, map[string]any{"sub": "2"})
	var s oidcServer
	c := s.client(t, client.JWTFile(path))
	_, err := c.Identity(t.Context(), "i")
	mustFail(t, err, path, "no such file")
	for _, text := range []string{first, " " + second + "\n"} {
		write(text)
		if _, err := c.Identity(t.Context(), "i"); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.jwts) != 2 || s.jwts[0] != first || s.jwts[1] != second {
		t.Errorf("logged in with %q", s.jwts)
	}
	write("none")
	_, err = c.Identity(t.Context(), "i")
	if mustFail(t, err, path, "does not hold a JWT"); !strings.Contains(client.Explain(err), "Check oidc.token_file") || len(s.jwts) != 2 {
		t.Error(client.Explain(err), len(s.jwts))
	}
}

// TestGitHubAtEachLogin checks that each login requests a JWT, with a retry after a gateway failure.
func TestGitHubAtEachLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oidcServer{gitHub: func(asked int, req *http.Request) (*http.Response, error) {
			if req.Header.Get("Authorization") != "Bearer t0ken" || req.URL.RawQuery != "api-version=2.0&audience=mine" || req.Method != http.MethodGet {
				t.Errorf("asked with %s %s %v", req.Method, req.URL, req.Header)
			}
			if asked == 1 {
				return respond(http.StatusBadGateway, "text/html", "down"), nil
			}
			return respond(http.StatusOK, "application/json", fmt.Sprintf(`{"count":1,"value":%q}`, unsigned(t, map[string]any{"n": asked}))), nil
		}}
		jwt, err := client.GitHubJWT("https://github.example/x?api-version=2.0", "t0ken", "mine")
		if err != nil {
			t.Fatal(err)
		}
		c := s.client(t, jwt)
		for range 2 {
			if _, err := c.Identity(t.Context(), "i"); err != nil {
				t.Fatal(err)
			}
		}
		if s.asked != 3 || len(s.jwts) != 2 || s.jwts[0] == s.jwts[1] {
			t.Errorf("asked %d times, logged in with %q", s.asked, s.jwts)
		}
	})
}

func TestGitHubFails(t *testing.T) {
	const needs = "The job needs the permission `id-token: write`"
	for name, tc := range map[string]struct {
		response func() (*http.Response, error)
		says     []string
	}{
		"refuses": {func() (*http.Response, error) {
			return respond(http.StatusForbidden, "application/json", `{"message":"not with t0ken"}`), nil
		}, []string{"github.example returned 403 Forbidden", needs}},
		"goes elsewhere": {func() (*http.Response, error) {
			return respond(http.StatusFound, "text/html", "", "Location", "https://evil.example/"), nil
		}, []string{"returned 302 Found", needs}},
		"is down": {func() (*http.Response, error) {
			return respond(http.StatusServiceUnavailable, "text/html", "down"), nil
		}, []string{"returned 503"}},
		"is no JSON": {func() (*http.Response, error) {
			return respond(http.StatusOK, "text/html", "<html>sign in with t0ken"), nil
		}, []string{`without a token; it begins "<html>sign in with [redacted]"`}},
		"has no value": {func() (*http.Response, error) { return respond(http.StatusOK, "application/json", `{"count":0}`), nil }, []string{"without a token"}},
		"value is none": {func() (*http.Response, error) {
			return respond(http.StatusOK, "application/json", `{"value":"s3cr3t"}`), nil
		}, []string{"does not hold a JWT"}},
		"talks too long": {func() (*http.Response, error) {
			return respond(http.StatusOK, "application/json", `{"value":"`+strings.Repeat("x", 1<<20)+`"}`), nil
		}, []string{"without a token"}},
		"never ends": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(forever{})}, nil
		}, []string{"larger than 16 MiB"}},
		"is not there": {func() (*http.Response, error) { return nil, errors.New("no route to host") }, []string{"no route to host", "Check that the runner can reach github.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := oidcServer{gitHub: func(int, *http.Request) (*http.Response, error) { return tc.response() }}
				jwt, err := client.GitHubJWT("https://github.example/x", "t0ken", "")
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.client(t, jwt).Identity(t.Context(), "i")
				mustFail(t, err)
				for _, part := range append(tc.says, "GitHub Actions") {
					if !strings.Contains(client.Explain(err), part) {
						t.Errorf("%q is not in %s", part, client.Explain(err))
					}
				}
				if text := client.Explain(err); strings.Contains(text, "t0ken") || strings.Contains(text, "s3cr3t") || len(s.jwts) > 0 {
					t.Error(text, s.jwts)
				}
			})
		})
	}
	for _, address := range []string{"", "http://github.example/", "https://", "https://u:p@github.example/", "github.example", "https://a b/"} {
		if _, err := client.GitHubJWT(address, "t0ken", ""); err == nil || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

type forever struct{}

func (forever) Read(p []byte) (int, error) { return len(p), nil }

// TestRejectedJWT checks that the error has the claims and not the JWT, and that one login is sent.
func TestRejectedJWT(t *testing.T) {
	for want, claims := range map[string]map[string]any{
		`has the issuer "https://i.example", the subject "repo:a/b:ref:refs/heads/main" and the audience ["x" "y"]`: {
			"iss": "https://i.example", "sub": "repo:a/b:ref:refs/heads/main", "aud": []string{"x", "y"}, "exp": time.Now().Add(time.Hour).Unix()},
		`has the issuer "", the subject "" and the audience []`: {},
		`The JWT from oidc.token has expired, at 2020-01-02T03:04:05Z`: {
			"exp": time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC).Unix()},
	} {
		jwt := unsigned(t, claims)
		source, err := client.GivenJWT(client.Secret(jwt), "oidc.token")
		if err != nil {
			t.Fatal(err)
		}
		s := oidcServer{refuses: "Access denied: "}
		c := s.client(t, source)
		for range 3 {
			_, err := c.Identity(t.Context(), "i")
			if e := mustFail(t, err, "log in with OIDC", "Access denied"); e.Status != http.StatusForbidden || strings.Contains(client.Explain(err), jwt) || !strings.Contains(client.Explain(err), want) {
				t.Error(client.Explain(err))
			}
		}
		if len(s.jwts) != 1 {
			t.Errorf("%d logins", len(s.jwts))
		}
	}
}
