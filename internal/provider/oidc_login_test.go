// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// endOfTests is when JWTs expire.
var endOfTests = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// jwtFor is a JWT that nobody has signed.
func jwtFor(issuer, audience, subject string, expires time.Time) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." +
		part(map[string]any{"iss": issuer, "aud": audience, "sub": subject, "exp": expires.Unix()}) + ".c2lnbmF0dXJl"
}

func TestOIDCConfiguration(t *testing.T) {
	jwt, other := jwtFor("https://issuer.example", "machineid", "s", endOfTests), jwtFor("https://issuer.example", "other", "s", endOfTests)
	gitHub := func(audience string) string {
		return jwtFor("https://github.example", audience, "gh-t0ken 2.0", endOfTests)
	}
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(jwt+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	type env = map[string]string
	actions := env{"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://github.example/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-t0ken"}
	hcp := env{"TFC_RUN_ID": "run-1", "TFC_WORKLOAD_IDENTITY_TOKEN": jwt, "TFC_WORKLOAD_IDENTITY_TOKEN_OTHER": other}
	id := func(more providertest.Values) providertest.Values {
		oidc := providertest.Values{"identity_id": "me"}
		maps.Copy(oidc, more)
		return providertest.Values{"oidc": oidc}
	}
	const at = `AttributeName("oidc").AttributeName(`
	for name, tc := range map[string]struct {
		config providertest.Values
		env    env
		jwt    string // of the login as "me"
		says   string // where there is none
	}{
		"token":                     {config: id(providertest.Values{"token": jwt}), jwt: jwt},
		"token with white space":    {config: id(providertest.Values{"token": " " + jwt + "\n"}), jwt: jwt},
		"token before the CI":       {config: id(providertest.Values{"token": jwt}), env: actions, jwt: jwt},
		"file":                      {config: id(providertest.Values{"token_file": file}), jwt: jwt},
		"variable":                  {config: id(providertest.Values{"token_environment_variable": "MY_JWT"}), env: env{"MY_JWT": jwt, "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"default variable":          {config: id(nil), env: env{"INFISICAL_AUTH_JWT": jwt + "\n"}, jwt: jwt},
		"variable by name":          {config: id(nil), env: env{"INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME": "MY_JWT", "MY_JWT": jwt, "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"identity of the variable":  {config: providertest.Values{"oidc": providertest.Values{"token": jwt}}, env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me"}, jwt: jwt},
		"only the environment":      {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "INFISICAL_AUTH_JWT": jwt}, jwt: jwt},
		"GitLab":                    {config: id(nil), env: env{"GITLAB_CI": "true", "INFISICAL_AUTH_JWT": jwt}, jwt: jwt},
		"HCP Terraform":             {config: id(nil), env: hcp, jwt: jwt},
		"HCP Terraform, audience":   {config: id(providertest.Values{"audience": "machineid"}), env: hcp, jwt: jwt},
		"HCP Terraform, a tag":      {config: id(providertest.Values{"token_environment_variable": "TFC_WORKLOAD_IDENTITY_TOKEN_OTHER"}), env: hcp, jwt: other},
		"configuration before it":   {config: id(providertest.Values{"token": jwt}), env: env{"INFISICAL_TOKEN": "t", "INFISICAL_MACHINE_IDENTITY_ID": "other", "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"a slug":                    {config: providertest.Values{"oidc": providertest.Values{"identity_id": "me", "token": jwt}, "organization_slug": "sub"}, jwt: jwt + "/sub"},
		"GitHub":                    {config: id(nil), env: actions, jwt: gitHub("")},
		"GitHub, audience":          {config: id(providertest.Values{"audience": "a b&c"}), env: actions, jwt: gitHub("a b&c")},
		"GitHub by the environment": {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://github.example/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-t0ken"}, jwt: gitHub("")},

		"two in the configuration":   {config: providertest.Values{"oidc": providertest.Values{"identity_id": "me", "token": jwt}, "access_token": "tok"}, says: "access_token"},
		"two logins":                 {config: providertest.Values{"oidc": providertest.Values{"identity_id": "me", "token": jwt}, "universal_auth": providertest.Values{"client_id": "x", "client_secret": "y"}}, says: "universal_auth"},
		"two in the environment":     {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "INFISICAL_AUTH_JWT": jwt, "INFISICAL_TOKEN": "t"}, says: "both INFISICAL_TOKEN and INFISICAL_MACHINE_IDENTITY_ID"},
		"two JWTs":                   {config: id(providertest.Values{"token": jwt, "token_file": file}), says: "token_file"},
		"a JWT and an audience":      {config: id(providertest.Values{"token_environment_variable": "X", "audience": "y"}), says: at + `"audience")`},
		"no identity":                {config: providertest.Values{"oidc": providertest.Values{"token": jwt}}, says: at + `"identity_id"): Missing identity_id`},
		"no identity around":         {env: env{"INFISICAL_AUTH_JWT": jwt}, says: "INFISICAL_AUTH_JWT without INFISICAL_MACHINE_IDENTITY_ID"},
		"empty identity":             {config: providertest.Values{"oidc": providertest.Values{"identity_id": "", "token": jwt}}, says: at + `"identity_id")`},
		"no JWT":                     {config: id(nil), says: "set oidc.token, oidc.token_file, oidc.token_environment_variable, or the environment variable INFISICAL_AUTH_JWT"},
		"no JWT around":              {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me"}, says: "Nothing gives a JWT"},
		"token is none":              {config: id(providertest.Values{"token": "s3cr3t"}), says: at + `"token"): Not a JWT: The attribute oidc.token does not hold a JWT: three parts`},
		"token is empty":             {config: id(providertest.Values{"token": ""}), says: at + `"token"): Not a JWT: The attribute oidc.token is empty`},
		"token is huge":              {config: id(providertest.Values{"token": jwt + strings.Repeat("x", 16<<10)}), says: "larger than the 16 KiB"},
		"no variable":                {config: id(providertest.Values{"token_environment_variable": "MY_JWT"}), says: at + `"token_environment_variable"): No JWT to log in with: The environment variable MY_JWT is empty or not set`},
		"variable is none":           {config: id(providertest.Values{"token_environment_variable": "MY_JWT"}), env: env{"MY_JWT": "s3cr3t"}, says: "The environment variable MY_JWT does not hold a JWT"},
		"no such file":               {config: id(providertest.Values{"token_file": file + "x"}), says: "no such file or directory. Check oidc.token_file"},
		"file is empty":              {config: id(providertest.Values{"token_file": empty}), says: "is empty and must hold a JWT"},
		"file is too large":          {config: id(providertest.Values{"token_file": "/dev/zero"}), says: "larger than the 16 KiB"},
		"GitHub without permission":  {config: id(nil), env: env{"GITHUB_ACTIONS": "true"}, says: "permissions: { id-token: write, contents: read }"},
		"GitHub at http":             {config: id(nil), env: env{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://github.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cr3t"}, says: "begin with https://"},
		"GitLab without a token":     {config: id(nil), env: env{"GITLAB_CI": "true"}, says: "id_tokens: { INFISICAL_AUTH_JWT: { aud: … } }"},
		"HCP Terraform without":      {config: id(nil), env: env{"TFC_RUN_ID": "run-1"}, says: "set it to the audience that the identity is bound to"},
		"HCP Terraform for another":  {config: id(providertest.Values{"audience": "mine"}), env: hcp, says: `is for the audience ["machineid"] and not for "mine"; set TFC_WORKLOAD_IDENTITY_AUDIENCE`},
		"unknown token":              {config: id(providertest.Values{"token": providertest.Unknown}), env: actions, says: "configuration is unknown"},
		"unknown identity":           {config: providertest.Values{"oidc": providertest.Values{"identity_id": providertest.Unknown, "token": jwt}}, says: "configuration is unknown"},
		"unknown oidc":               {config: providertest.Values{"oidc": providertest.Unknown}, env: actions, says: "configuration is unknown"},
		"unknown host for the login": {config: providertest.Values{"oidc": providertest.Values{"identity_id": "me", "token": jwt}, "host": providertest.Unknown}, says: "configuration is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range tc.env {
				t.Setenv(variable, value)
			}
			said, sent := configured(t, tc.config)
			if want := "https://app.infisical.com me/" + tc.jwt; tc.jwt != "" && (len(sent) == 0 || sent[0] != want) {
				t.Errorf("sent %q, want %q; %s", sent, want, said)
			}
			if said = strings.Join(strings.Fields(said), " "); tc.jwt == "" && (len(sent) > 0 || !strings.Contains(said, tc.says)) {
				t.Errorf("it says %q, want %q; sent %q", said, tc.says, sent)
			}
			for _, secret := range []string{"s3cr3t", "gh-t0ken", "eyJ", "c2lnbmF0dXJl"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s is shown in %s", secret, said)
				}
			}
		})
	}
}

// bindOIDC lets an identity log in with what the issuer signs for the subject "me" and the audience "machineid".
func bindOIDC(t *testing.T, server *servertest.Server, issuer *oidctest.Issuer, role string, more map[string]any) string {
	t.Helper()
	identity := server.NewIdentity(t, role, nil)
	body := map[string]any{"oidcDiscoveryUrl": issuer.URL, "boundIssuer": issuer.URL, "caCert": issuer.CACert, "boundSubject": "me", "boundAudiences": "machineid", "boundClaims": map[string]string{}}
	maps.Copy(body, more)
	server.AsAdmin(t, http.MethodPost, "/v1/auth/oidc-auth/identities/"+identity.ID, body)
	return identity.ID
}

// withOIDC is the provider's configuration.
func withOIDC(server *servertest.Server, identityID, source string) string {
	return fmt.Sprintf("provider \"machineid\" {\nhost = %q\noidc {\nidentity_id = %q\n%s\n}\n}\n", server.Host, identityID, source)
}

// TestOIDCLogin applies as an identity that has nothing but OIDC auth, with a JWT from everywhere it
// can be from; another key signs in between.
func TestOIDCLogin(t *testing.T) {
	server := servertest.Start(t)
	issuer := oidctest.StartTLS(t, server.Clock.Now)
	id := bindOIDC(t, server, issuer, "admin", nil)
	me := func(audience string) string {
		return issuer.Sign(t, map[string]any{"sub": "me", "aud": audience})
	}
	file := filepath.Join(t.TempDir(), "jwt")
	renew := func() {
		if err := os.WriteFile(file, []byte(me("machineid")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	t.Setenv("MY_JWT", me("machineid"))
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.example/token?api-version=2.0")
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "gh-t0ken")
	logins, gitHub := 0, 0
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/oidc-auth/login") {
			logins++
		}
		if req.URL.Host == "github.example" {
			gitHub++
			if req.Header.Get("Authorization") != "Bearer gh-t0ken" {
				return providertest.Response(http.StatusUnauthorized, "text/plain", ""), nil
			}
			return providertest.Response(http.StatusOK, "application/json", fmt.Sprintf(`{"value":%q}`, me(req.URL.Query().Get("audience")))), nil
		}
		return next.RoundTrip(req)
	}))
	var steps []resource.TestStep
	for n, source := range []string{
		fmt.Sprintf("token = %q", me("machineid")), fmt.Sprintf("token_file = %q", file), `token_environment_variable = "MY_JWT"`, `audience = "machineid"`,
	} {
		steps = append(steps, resource.TestStep{Config: withOIDC(server, id, source) + providertest.IdentityConfig(fmt.Sprintf("name = \"%d\"", n))})
	}
	steps = append(steps,
		resource.TestStep{ // another key signs what is in the file now
			PreConfig: func() { server.Clock.Advance(time.Minute); issuer.Rotate(t); renew() },
			Config:    withOIDC(server, id, fmt.Sprintf("token_file = %q", file)) + providertest.IdentityConfig(`name = "rotated"`),
		},
		resource.TestStep{
			Config:      withOIDC(server, id, `audience = "another"`) + providertest.IdentityConfig(`name = "x"`),
			ExpectError: providertest.Sentence(`The JWT from GitHub Actions has the issuer "` + issuer.URL + `", the subject "me" and the audience ["another"]. Compare them`),
		},
		resource.TestStep{Config: withOIDC(server, id, `audience = "machineid"`) + providertest.IdentityConfig(`name = "done"`)},
	)
	resource.Test(t, providertest.TestCase(p, steps...))
	if logins < len(steps) || gitHub == 0 {
		t.Errorf("%d logins, %d of GitHub", logins, gitHub)
	}
	if err := p.RevokeOpen(t.Context()); err != nil || p.OpenCredentials() != 0 {
		t.Errorf("%d tokens are open: %v", p.OpenCredentials(), err)
	}
}

// TestOIDCLoginAgain when the token has expired: with a fresh JWT, where there is one, and else the
// error says what is the matter. Neither of them is shown.
func TestOIDCLoginAgain(t *testing.T) {
	server := servertest.Start(t)
	issuer := oidctest.Start(t, server.Clock.Now)
	id := bindOIDC(t, server, issuer, "member", map[string]any{"accessTokenTTL": 60, "accessTokenMaxTTL": 60})
	file, expired := filepath.Join(t.TempDir(), "jwt"), time.Now().Add(-time.Hour).Truncate(time.Second)
	renew := func(claims map[string]any) string {
		claims["sub"] = "me"
		jwt := issuer.Sign(t, claims)
		if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
			t.Fatal(err)
		}
		return jwt
	}
	renew(map[string]any{})
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "oidc": providertest.Values{"identity_id": id, "token_file": file}})
	read := func() string {
		read, err := p.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName: "machineid_identity", Config: providertest.DynamicValue(t, p.Schemas.DataSourceSchemas["machineid_identity"], providertest.Values{"id": id}),
		})
		if err != nil {
			t.Fatal(err)
		}
		return providertest.Summaries(read.Diagnostics)
	}
	if said := read(); said != "" {
		t.Fatal(said)
	}
	server.Clock.Advance(10 * time.Minute) // the token is over, and the JWT
	renew(map[string]any{})
	if said := read(); said != "" {
		t.Error("after the JWT was replaced:", said)
	}
	server.Clock.Advance(10 * time.Minute)
	jwt := renew(map[string]any{"iat": expired.Add(-time.Minute).Unix(), "nbf": nil, "exp": expired.Unix()})
	if said := read(); !strings.Contains(said, "The JWT from the file "+file+" has expired, at "+expired.UTC().Format(time.RFC3339)) || strings.Contains(said, jwt) {
		t.Error(said)
	}
}
