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
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
)

// fields are a configuration: texts, unknown, or fields again.
type fields map[string]any

var unknown = tftypes.UnknownValue

// value makes an object of a schema's type.
func value(objectType tftypes.Object, from fields) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.AttributeTypes {
		switch given := from[name].(type) {
		case fields:
			values[name] = value(attribute.(tftypes.Object), given)
		default:
			values[name] = tftypes.NewValue(attribute, given)
		}
	}
	return tftypes.NewValue(objectType, values)
}

func dynamic(t *testing.T, schema *tfprotov6.Schema, from fields) *tfprotov6.DynamicValue {
	t.Helper()
	objectType := schema.ValueType().(tftypes.Object)
	object := tftypes.NewValue(objectType, nil)
	if from != nil {
		object = value(objectType, from)
	}
	made, err := tfprotov6.NewDynamicValue(objectType, object)
	if err != nil {
		t.Fatal(err)
	}
	return &made
}

func summaries(lists ...[]*tfprotov6.Diagnostic) string {
	var all []string
	for _, list := range lists {
		for _, d := range list {
			at := ""
			if d.Attribute != nil {
				at = d.Attribute.String() + ": "
			}
			all = append(all, d.Severity.String()+" "+at+d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(all, "\n")
}

// configured runs validation and configuration, and a read that needs a login where that went well.
// It answers the diagnostics, and what was sent in the order sent: the host, and whose login or token. GitHub is at github.example.
func configured(t *testing.T, config fields) (said string, sent []string) {
	t.Helper()
	if config == nil {
		config = fields{}
	}
	p := provider.New("test").WithTransport(wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
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
			return answers(http.StatusOK, "application/json; charset=utf-8", fmt.Sprintf(`{"count":1,"value":%q}`, asked)), nil
		}
		sent = append(sent, req.URL.Scheme+"://"+req.URL.Host+" "+as)
		return answers(http.StatusInternalServerError, "text/plain", ""), nil
	}))
	server := provider.NewServer(p)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	value := dynamic(t, schemas.Provider, config)
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	made, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	said = summaries(validated.Diagnostics, made.Diagnostics)
	if said != "" {
		return said, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: "machineid_identity", Config: dynamic(t, schemas.DataSourceSchemas["machineid_identity"], fields{"id": "x"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return summaries(read.Diagnostics), sent
}

func TestConfiguration(t *testing.T) {
	login := fields{"client_id": "id", "client_secret": "s3cr3t"}
	fromEnv := map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}
	tokenEnv := map[string]string{"INFISICAL_TOKEN": "env-token"}
	bothEnv := map[string]string{"INFISICAL_TOKEN": "env-token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id"}
	for name, tc := range map[string]struct {
		config fields
		env    map[string]string
		sent   string // the first request
		says   string // where there is none
	}{
		"login":                    {config: fields{"universal_auth": login}, sent: "https://app.infisical.com id/s3cr3t"},
		"login with a slug":        {config: fields{"universal_auth": login, "organization_slug": "sub"}, sent: "https://app.infisical.com id/s3cr3t/sub"},
		"token":                    {config: fields{"access_token": "tok"}, sent: "https://app.infisical.com tok"},
		"host":                     {config: fields{"access_token": "tok", "host": "https://a.example/api/"}, sent: "https://a.example tok"},
		"host of the environment":  {config: fields{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": "https://env.example"}, sent: "https://env.example tok"},
		"host before environment":  {config: fields{"access_token": "tok", "host": "https://a.example"}, env: map[string]string{"INFISICAL_HOST": "https://env.example"}, sent: "https://a.example tok"},
		"login of the environment": {env: fromEnv, sent: "https://app.infisical.com env-id/env-secret"},
		"token of the environment": {env: tokenEnv, sent: "https://app.infisical.com env-token"},
		"login before token":       {config: fields{"universal_auth": login}, env: tokenEnv, sent: "https://app.infisical.com id/s3cr3t"},
		"token before login":       {config: fields{"access_token": "tok"}, env: fromEnv, sent: "https://app.infisical.com tok"},
		"config before two":        {config: fields{"access_token": "tok"}, env: bothEnv, sent: "https://app.infisical.com tok"},
		"half filled in":           {config: fields{"universal_auth": fields{"client_id": "id"}}, env: fromEnv, sent: "https://app.infisical.com id/env-secret"},
		"empty beside a login":     {env: map[string]string{"INFISICAL_TOKEN": "", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, sent: "https://app.infisical.com env-id/env-secret"},
		"all filled in":            {config: fields{"universal_auth": fields{}}, env: fromEnv, sent: "https://app.infisical.com env-id/env-secret"},

		"line break after a token": {config: fields{"access_token": "tok\n"}, sent: "https://app.infisical.com tok"},
		"line break after that":    {env: map[string]string{"INFISICAL_TOKEN": " env-token\r\n"}, sent: "https://app.infisical.com env-token"},

		"none":                        {says: "the provider has no credentials"},
		"header as a token":           {config: fields{"access_token": "Bearer tok"}, env: fromEnv, says: `AttributeName("access_token"): Not an access token`},
		"white space as a token":      {config: fields{"access_token": " "}, env: fromEnv, says: `AttributeName("access_token"): Not an access token`},
		"header in the environment":   {env: map[string]string{"INFISICAL_TOKEN": "Bearer tok"}, says: "Not an access token"},
		"two in the configuration":    {config: fields{"universal_auth": login, "access_token": "tok"}, says: "These attributes cannot be configured together: universal_auth, access_token. Keep the one way to authenticate that is meant"},
		"three in the configuration":  {config: fields{"universal_auth": login, "oidc": fields{"identity_id": "x"}, "access_token": "tok"}, says: "together: universal_auth, oidc, access_token. Keep"},
		"two in the environment":      {env: bothEnv, says: "INFISICAL_TOKEN and INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"},
		"half in the configuration":   {config: fields{"universal_auth": fields{"client_id": "id"}}, says: `AttributeName("universal_auth").AttributeName("client_secret"): Missing client_secret`},
		"other half":                  {config: fields{"universal_auth": fields{"client_secret": "s"}}, says: `AttributeName("client_id"): Missing client_id`},
		"half in the environment":     {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "x"}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"},
		"other half there":            {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "x"}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"},
		"empty token":                 {config: fields{"access_token": ""}, env: fromEnv, says: `AttributeName("access_token")`},
		"empty host":                  {config: fields{"host": ""}, says: `AttributeName("host"): Invalid host`},
		"empty secret":                {config: fields{"universal_auth": fields{"client_id": "id", "client_secret": ""}}, env: fromEnv, says: `AttributeName("client_secret")`},
		"empty variable":              {env: map[string]string{"INFISICAL_TOKEN": ""}, says: "the provider has no credentials"},
		"empty half":                  {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "x", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": ""}, says: "without INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"},
		"empty host variable":         {config: fields{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": ""}, says: "INFISICAL_HOST is set, but empty"},
		"bad host":                    {config: fields{"host": "a.example"}, says: `AttributeName("host"): Invalid host`},
		"bad host in the environment": {config: fields{"access_token": "tok"}, env: map[string]string{"INFISICAL_HOST": "ftp://x"}, says: "INFISICAL_HOST is \"ftp://x\". The host must be an address"},
		"service token":               {config: fields{"access_token": "st.1.2.3"}, says: "service token"},
		"slug with a token":           {config: fields{"access_token": "tok", "organization_slug": "sub"}, says: "together: organization_slug, access_token. An access token is of one organisation from its login on. Keep access_token"},
		"slug with that token":        {config: fields{"organization_slug": "sub"}, env: tokenEnv, says: `AttributeName("organization_slug"): Nothing to log in with`},

		"token beside an unknown login": {config: fields{"universal_auth": unknown, "access_token": "tok"}, says: "not known yet"},
		"unknown host":                  {config: fields{"host": unknown, "universal_auth": login}, says: "not known yet"},
		"unknown token":                 {config: fields{"access_token": unknown}, env: tokenEnv, says: "not known yet"},
		"unknown secret":                {config: fields{"universal_auth": fields{"client_id": "id", "client_secret": unknown}}, env: fromEnv, says: "not known yet"},
		"unknown login":                 {config: fields{"universal_auth": unknown}, env: tokenEnv, says: "not known yet"},
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
