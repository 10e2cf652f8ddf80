package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	id := func(more fields) fields {
		oidc := fields{"identity_id": "me"}
		for name, value := range more {
			oidc[name] = value
		}
		return fields{"oidc": oidc}
	}
	const at = `AttributeName("oidc").AttributeName(`
	for name, tc := range map[string]struct {
		config fields
		env    env
		jwt    string // of the login as "me"
		says   string // where there is none
	}{
		"token":                     {config: id(fields{"token": jwt}), jwt: jwt},
		"token with white space":    {config: id(fields{"token": " " + jwt + "\n"}), jwt: jwt},
		"token before the CI":       {config: id(fields{"token": jwt}), env: actions, jwt: jwt},
		"file":                      {config: id(fields{"token_file": file}), jwt: jwt},
		"variable":                  {config: id(fields{"token_environment_variable": "MY_JWT"}), env: env{"MY_JWT": jwt, "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"default variable":          {config: id(nil), env: env{"INFISICAL_AUTH_JWT": jwt + "\n"}, jwt: jwt},
		"variable by name":          {config: id(nil), env: env{"INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME": "MY_JWT", "MY_JWT": jwt, "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"identity of the variable":  {config: fields{"oidc": fields{"token": jwt}}, env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me"}, jwt: jwt},
		"only the environment":      {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "INFISICAL_AUTH_JWT": jwt}, jwt: jwt},
		"GitLab":                    {config: id(nil), env: env{"GITLAB_CI": "true", "INFISICAL_AUTH_JWT": jwt}, jwt: jwt},
		"HCP Terraform":             {config: id(nil), env: hcp, jwt: jwt},
		"HCP Terraform, audience":   {config: id(fields{"audience": "machineid"}), env: hcp, jwt: jwt},
		"HCP Terraform, a tag":      {config: id(fields{"token_environment_variable": "TFC_WORKLOAD_IDENTITY_TOKEN_OTHER"}), env: hcp, jwt: other},
		"configuration before it":   {config: id(fields{"token": jwt}), env: env{"INFISICAL_TOKEN": "t", "INFISICAL_MACHINE_IDENTITY_ID": "other", "INFISICAL_AUTH_JWT": other}, jwt: jwt},
		"a slug":                    {config: fields{"oidc": fields{"identity_id": "me", "token": jwt}, "organization_slug": "sub"}, jwt: jwt + "/sub"},
		"GitHub":                    {config: id(nil), env: actions, jwt: gitHub("")},
		"GitHub, audience":          {config: id(fields{"audience": "a b&c"}), env: actions, jwt: gitHub("a b&c")},
		"GitHub by the environment": {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://github.example/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-t0ken"}, jwt: gitHub("")},

		"two in the configuration":   {config: fields{"oidc": fields{"identity_id": "me", "token": jwt}, "access_token": "tok"}, says: "access_token"},
		"two logins":                 {config: fields{"oidc": fields{"identity_id": "me", "token": jwt}, "universal_auth": fields{"client_id": "x", "client_secret": "y"}}, says: "universal_auth"},
		"two in the environment":     {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me", "INFISICAL_AUTH_JWT": jwt, "INFISICAL_TOKEN": "t"}, says: "both INFISICAL_TOKEN and INFISICAL_MACHINE_IDENTITY_ID"},
		"two JWTs":                   {config: id(fields{"token": jwt, "token_file": file}), says: "token_file"},
		"a JWT and an audience":      {config: id(fields{"token_environment_variable": "X", "audience": "y"}), says: at + `"audience")`},
		"no identity":                {config: fields{"oidc": fields{"token": jwt}}, says: at + `"identity_id"): Missing identity_id`},
		"no identity around":         {env: env{"INFISICAL_AUTH_JWT": jwt}, says: "INFISICAL_AUTH_JWT without INFISICAL_MACHINE_IDENTITY_ID"},
		"empty identity":             {config: fields{"oidc": fields{"identity_id": "", "token": jwt}}, says: at + `"identity_id")`},
		"no JWT":                     {config: id(nil), says: "set oidc.token, oidc.token_file, oidc.token_environment_variable, or the environment variable INFISICAL_AUTH_JWT"},
		"no JWT around":              {env: env{"INFISICAL_MACHINE_IDENTITY_ID": "me"}, says: "Nothing gives a JWT"},
		"token is none":              {config: id(fields{"token": "s3cr3t"}), says: at + `"token"): Not a JWT: It does not hold a JWT: three parts`},
		"token is empty":             {config: id(fields{"token": ""}), says: at + `"token"): Not a JWT: It is empty`},
		"token is huge":              {config: id(fields{"token": jwt + strings.Repeat("x", 16<<10)}), says: "more than the 16 KiB"},
		"no variable":                {config: id(fields{"token_environment_variable": "MY_JWT"}), says: at + `"token_environment_variable"): No JWT to log in with: The environment variable MY_JWT is empty or not set`},
		"variable is none":           {config: id(fields{"token_environment_variable": "MY_JWT"}), env: env{"MY_JWT": "s3cr3t"}, says: "The environment variable MY_JWT does not hold a JWT"},
		"no such file":               {config: id(fields{"token_file": file + "x"}), says: "no such file or directory. Check oidc.token_file"},
		"file is empty":              {config: id(fields{"token_file": empty}), says: "is empty, where a JWT should be"},
		"file is too large":          {config: id(fields{"token_file": "/dev/zero"}), says: "more than the 16 KiB"},
		"GitHub without permission":  {config: id(nil), env: env{"GITHUB_ACTIONS": "true"}, says: "permissions: { id-token: write, contents: read }"},
		"GitHub at http":             {config: id(nil), env: env{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://github.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cr3t"}, says: "begins with https://"},
		"GitLab without a token":     {config: id(nil), env: env{"GITLAB_CI": "true"}, says: "id_tokens: { INFISICAL_AUTH_JWT: { aud: … } }"},
		"HCP Terraform without":      {config: id(nil), env: env{"TFC_RUN_ID": "run-1"}, says: "set it to the audience that the identity is bound to"},
		"HCP Terraform for another":  {config: id(fields{"audience": "mine"}), env: hcp, says: `is for the audience ["machineid"] and not for "mine"; set TFC_WORKLOAD_IDENTITY_AUDIENCE`},
		"unknown token":              {config: id(fields{"token": unknown}), env: actions, says: "not known yet"},
		"unknown identity":           {config: fields{"oidc": fields{"identity_id": unknown, "token": jwt}}, says: "not known yet"},
		"unknown oidc":               {config: fields{"oidc": unknown}, env: actions, says: "not known yet"},
		"unknown host for the login": {config: fields{"oidc": fields{"identity_id": "me", "token": jwt}, "host": unknown}, says: "not known yet"},
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
