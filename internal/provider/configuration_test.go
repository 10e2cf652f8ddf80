// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// configured runs validation and configuration, and a read that needs a login where that went well.
// It returns the diagnostics, and what was sent in the order sent: the host, and whose login or token. GitHub is at github.example.
func configured(t *testing.T, config providertest.Values) (said string, sent []string) {
	t.Helper()
	if config == nil {
		config = providertest.Values{}
	}
	p := provider.New("test").WithTransport(providertest.Transport(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
		as := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
		if req.Body != nil && as == "" {
			var login struct{ ClientID, ClientSecret, IdentityID, JWT, OrganizationSlug string }
			if err := json.NewDecoder(req.Body).Decode(&login); err != nil {
				return nil, err
			}
			as = strings.TrimSuffix(login.ClientID+login.IdentityID+"/"+login.ClientSecret+login.JWT+"/"+login.OrganizationSlug, "/")
		}
		if req.URL.Host == "github.example" {
			asked := jwtFor("https://github.example", req.URL.Query().Get("audience"), as+" "+req.URL.Query().Get("api-version"), endOfTests)
			return providertest.Response(http.StatusOK, "application/json; charset=utf-8", fmt.Sprintf(`{"count":1,"value":%q}`, asked)), nil
		}
		sent = append(sent, req.URL.Scheme+"://"+req.URL.Host+" "+as)
		return providertest.Response(http.StatusInternalServerError, "text/plain", ""), nil
	}))
	server := provider.NewServer(p)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	value := providertest.DynamicValue(t, schemas.Provider, config)
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	made, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	said = providertest.Summaries(validated.Diagnostics, made.Diagnostics)
	if said != "" {
		return said, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: "machineid_identity", Config: providertest.DynamicValue(t, schemas.DataSourceSchemas["machineid_identity"], providertest.Values{"id": "x"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return providertest.Summaries(read.Diagnostics), sent
}

func TestConfiguration(t *testing.T) {
	login := providertest.Values{"client_id": "id", "client_secret": "s3cr3t"}
	fromEnv := map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}
	tokenEnv := map[string]string{"INFISICAL_TOKEN": "env-token"}
	bothEnv := map[string]string{"INFISICAL_TOKEN": "env-token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id"}
	for name, tc := range map[string]struct {
		config providertest.Values
		env    map[string]string
		sent   string // the first request
		says   string // where there is none
	}{
		"login":                    {config: providertest.Values{"universal_auth": login}, sent: "https://app.infisical.com id/s3cr3t"},
		"login with a slug":        {config: providertest.Values{"universal_auth": login, "organization_slug": "sub"}, sent: "https://app.infisical.com id/s3cr3t/sub"},
		"token":                    {config: providertest.Values{"access_token": "tok"}, sent: "https://app.infisical.com tok"},
		"host":                     {config: providertest.Values{"access_token": "tok", "host": "https://a.example/api/"}, sent: "https://a.example tok"},
		"host of the environment":  {config: providertest.Values{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": "https://env.example"}, sent: "https://env.example tok"},
		"host before environment":  {config: providertest.Values{"access_token": "tok", "host": "https://a.example"}, env: map[string]string{"INFISICAL_HOST": "https://env.example"}, sent: "https://a.example tok"},
		"login of the environment": {env: fromEnv, sent: "https://app.infisical.com env-id/env-secret"},
		"token of the environment": {env: tokenEnv, sent: "https://app.infisical.com env-token"},
		"login before token":       {config: providertest.Values{"universal_auth": login}, env: tokenEnv, sent: "https://app.infisical.com id/s3cr3t"},
		"token before login":       {config: providertest.Values{"access_token": "tok"}, env: fromEnv, sent: "https://app.infisical.com tok"},
		"config before two":        {config: providertest.Values{"access_token": "tok"}, env: bothEnv, sent: "https://app.infisical.com tok"},
		"half filled in":           {config: providertest.Values{"universal_auth": providertest.Values{"client_id": "id"}}, env: fromEnv, sent: "https://app.infisical.com id/env-secret"},
		"empty beside a login":     {env: map[string]string{"INFISICAL_TOKEN": "", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, sent: "https://app.infisical.com env-id/env-secret"},
		"all filled in":            {config: providertest.Values{"universal_auth": providertest.Values{}}, env: fromEnv, sent: "https://app.infisical.com env-id/env-secret"},

		"line break after a token": {config: providertest.Values{"access_token": "tok\n"}, sent: "https://app.infisical.com tok"},
		"line break after that":    {env: map[string]string{"INFISICAL_TOKEN": " env-token\r\n"}, sent: "https://app.infisical.com env-token"},

		"none":                        {says: "the provider has no credentials"},
		"header as a token":           {config: providertest.Values{"access_token": "Bearer tok"}, env: fromEnv, says: `AttributeName("access_token"): Not an access token`},
		"white space as a token":      {config: providertest.Values{"access_token": " "}, env: fromEnv, says: `AttributeName("access_token"): Not an access token`},
		"header in the environment":   {env: map[string]string{"INFISICAL_TOKEN": "Bearer tok"}, says: "Not an access token"},
		"two in the configuration":    {config: providertest.Values{"universal_auth": login, "access_token": "tok"}, says: "These attributes cannot be configured together: universal_auth, access_token. Keep one login method"},
		"three in the configuration":  {config: providertest.Values{"universal_auth": login, "oidc": providertest.Values{"identity_id": "x"}, "access_token": "tok"}, says: "together: universal_auth, oidc, access_token. Keep"},
		"two in the environment":      {env: bothEnv, says: "INFISICAL_TOKEN and INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"},
		"half in the configuration":   {config: providertest.Values{"universal_auth": providertest.Values{"client_id": "id"}}, says: `AttributeName("universal_auth").AttributeName("client_secret"): Missing client_secret`},
		"other half":                  {config: providertest.Values{"universal_auth": providertest.Values{"client_secret": "s"}}, says: `AttributeName("client_id"): Missing client_id`},
		"half in the environment":     {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "x"}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"},
		"other half there":            {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "x"}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"},
		"empty token":                 {config: providertest.Values{"access_token": ""}, env: fromEnv, says: `AttributeName("access_token")`},
		"empty host":                  {config: providertest.Values{"host": ""}, says: `AttributeName("host"): Invalid host`},
		"empty secret":                {config: providertest.Values{"universal_auth": providertest.Values{"client_id": "id", "client_secret": ""}}, env: fromEnv, says: `AttributeName("client_secret")`},
		"empty variable":              {env: map[string]string{"INFISICAL_TOKEN": ""}, says: "the provider has no credentials"},
		"empty half":                  {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "x", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": ""}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"},
		"empty host variable":         {config: providertest.Values{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": ""}, says: "INFISICAL_HOST is empty"},
		"bad host":                    {config: providertest.Values{"host": "a.example"}, says: `AttributeName("host"): Invalid host`},
		"bad host in the environment": {config: providertest.Values{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": "ftp://x"}, says: "INFISICAL_HOST is \"ftp://x\". The host must be an address"},
		"service token":               {config: providertest.Values{"access_token": "st.1.2.3"}, says: "service token"},
		"slug with a token":           {config: providertest.Values{"access_token": "tok", "organization_slug": "sub"}, says: "together: organization_slug, access_token. The login decides the organization of an access token. Keep access_token"},
		"slug with that token":        {config: providertest.Values{"organization_slug": "sub"}, env: tokenEnv, says: `AttributeName("organization_slug"): organization_slug requires a login`},

		"token beside an unknown login": {config: providertest.Values{"universal_auth": providertest.Unknown, "access_token": "tok"}, says: "configuration is unknown"},
		"unknown host":                  {config: providertest.Values{"host": providertest.Unknown, "universal_auth": login}, says: "configuration is unknown"},
		"unknown token":                 {config: providertest.Values{"access_token": providertest.Unknown}, env: tokenEnv, says: "configuration is unknown"},
		"unknown secret":                {config: providertest.Values{"universal_auth": providertest.Values{"client_id": "id", "client_secret": providertest.Unknown}}, env: fromEnv, says: "configuration is unknown"},
		"unknown login":                 {config: providertest.Values{"universal_auth": providertest.Unknown}, env: tokenEnv, says: "configuration is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range tc.env {
				t.Setenv(variable, value)
			}
			said, sent := configured(t, tc.config)
			if tc.sent != "" && (len(sent) == 0 || sent[0] != tc.sent) {
				t.Errorf("sent %q, want %q; %s", sent, tc.sent, said)
			}
			if tc.sent == "" && (len(sent) > 0 || !strings.Contains(said, tc.says)) {
				t.Errorf("it says %q, want %q; sent %q", said, tc.says, sent)
			}
			for _, secret := range []string{"s3cr3t", "env-secret", "env-token", "tok\""} {
				if strings.Contains(said, secret) {
					t.Errorf("%s is shown in %s", secret, said)
				}
			}
		})
	}
}
