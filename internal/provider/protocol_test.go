// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// olderTokens responds to logins and renewals as an older server does: a TTL that is shorter than the
// life of the JWT, and the same token from a renewal.
func olderTokens(ttl, longest int) providertest.Transport {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(req.URL.Path, "/login") && !strings.HasSuffix(req.URL.Path, "/renew") {
			return next.RoundTrip(req)
		}
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		var sent struct{ AccessToken string }
		if err := json.NewDecoder(body).Decode(&sent); err != nil {
			return nil, err
		}
		resp, err := next.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			return resp, err
		}
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		answer["expiresIn"], answer["accessTokenMaxTTL"] = ttl, longest
		if sent.AccessToken != "" {
			answer["accessToken"] = sent.AccessToken
		}
		content, err := json.Marshal(answer)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		return resp, err
	}
}

func TestAccessTokenDataWarns(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host})
	read, err := p.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "machineid_access_token",
		Config:   providertest.DynamicValue(t, p.Schemas.DataSourceSchemas["machineid_access_token"], providertest.Values{"client_id": identity.ClientID, "client_secret": identity.ClientSecret}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := providertest.Summaries(read.Diagnostics); !strings.HasPrefix(said, "WARNING Access token stored in the state") || strings.Contains(said, identity.ClientSecret) {
		t.Error(said)
	}
}

// TestEphemeralOnANewServer is never renewed, as that would be another token, and is revoked on close.
func TestEphemeralOnANewServer(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenTTL": 600, "accessTokenMaxTTL": 3600})
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host})
	for minimum, warns := range map[string]bool{"10m": false, "601s": true} {
		opened, token := p.OpenAccessToken(t, identity, minimum)
		if said := providertest.Summaries(opened.Diagnostics); strings.Contains(said, "expires before minimum_ttl") != warns || strings.Contains(said, "ERROR") {
			t.Errorf("%s: %s", minimum, said)
		}
		if !opened.RenewAt.IsZero() || !server.Alive(t, token) {
			t.Errorf("renewed at %s, alive: %t", opened.RenewAt, server.Alive(t, token))
		}
		if said := p.CloseAccessToken(t, opened.Private); said != "" || server.Alive(t, token) {
			t.Errorf("%s; alive: %t", said, server.Alive(t, token))
		}
		if said := p.CloseAccessToken(t, opened.Private); said != "" {
			t.Errorf("closed twice: %s", said)
		}
	}
}

func TestEphemeralOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenTTL": 3600, "accessTokenMaxTTL": 3600})
	failing := false
	older := olderTokens(600, 3600)
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if failing && strings.Contains(req.URL.Path, "/token/") {
			return providertest.Response(http.StatusInternalServerError, "application/json", `{"statusCode":500,"error":"InternalServerError","message":"Something went wrong"}`), nil
		}
		return older(next, req)
	})), providertest.Values{"host": server.Host})

	opened, token := p.OpenAccessToken(t, identity, "1h")
	if said := providertest.Summaries(opened.Diagnostics); said != "" {
		t.Error(said) // it can live for an hour, renewals included
	}
	if in := time.Until(opened.RenewAt); in < 6*time.Minute || in > 7*time.Minute {
		t.Errorf("to be renewed in %s", in)
	}
	renewed := p.RenewAccessToken(t, opened.Private)
	if in := time.Until(renewed.RenewAt); len(renewed.Diagnostics) > 0 || in < 6*time.Minute || in > 7*time.Minute {
		t.Errorf("to be renewed again in %s; %s", in, providertest.Summaries(renewed.Diagnostics))
	}
	failing = true
	again := p.RenewAccessToken(t, renewed.Private)
	if said := providertest.Summaries(again.Diagnostics); !strings.HasPrefix(said, "WARNING Could not renew") || strings.Contains(said, token) || !again.RenewAt.After(time.Now()) {
		t.Errorf("%s; at %s", said, again.RenewAt)
	}
	if said := p.CloseAccessToken(t, again.Private); !strings.HasPrefix(said, "WARNING Could not close") || strings.Contains(said, token) {
		t.Error(said)
	}
	failing = false
	if said := p.CloseAccessToken(t, again.Private); said != "" || server.Alive(t, token) {
		t.Errorf("%s; alive: %t", said, server.Alive(t, token))
	}
}

// TestEphemeralAtItsMaximum is left alone: an older server would delete it.
func TestEphemeralAtItsMaximum(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenTTL": 3600, "accessTokenMaxTTL": 3600})
	p := providertest.Configure(t, provider.New("test").WithTransport(olderTokens(600, 610)), providertest.Values{"host": server.Host})
	opened, token := p.OpenAccessToken(t, identity, "1h")
	if said := providertest.Summaries(opened.Diagnostics); !strings.Contains(said, "expires before minimum_ttl") || !opened.RenewAt.IsZero() {
		t.Errorf("%s; to be renewed at %s", said, opened.RenewAt)
	}
	if said := p.CloseAccessToken(t, opened.Private); said != "" || server.Alive(t, token) {
		t.Errorf("%s; alive: %t", said, server.Alive(t, token))
	}
}

// TestFieldsAreBlamed: an API error about a field is shown at its attribute.
func TestFieldsAreBlamed(t *testing.T) {
	server := servertest.Start(t)
	for field, attribute := range map[string]string{
		`"accessTokenTTL"`:             `AttributeName("access_token_ttl")`,
		`"clientSecretTrustedIps",0`:   `AttributeName("client_secret_trusted_ips")`,
		`"lockoutCounterResetSeconds"`: `AttributeName("lockout_counter_reset")`,
		`"accessTokenNumUsesLimit"`:    `AttributeName("access_token_num_uses_limit")`,
		`"somethingElse"`:              ``,
		``:                             ``,
	} {
		p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return providertest.Response(422, "application/json", `{"statusCode":422,"error":"ValidationFailure","message":[{"code":"custom","path":[`+field+`],"message":"It is wrong"}]}`), nil
		})), providertest.Values{"host": server.Host, "access_token": "x"})
		schema := p.Schemas.ResourceSchemas["machineid_universal_auth"]
		planned := providertest.Values{
			"identity_id": providertest.UnusedID, "access_token_ttl": "1h", "access_token_max_ttl": "1h", "access_token_num_uses_limit": 5,
			"access_token_trusted_ips": []tftypes.Value{}, "client_secret_trusted_ips": []tftypes.Value{}, "id": providertest.Unknown, "client_id": providertest.Unknown,
			"lockout_enabled": true, "lockout_threshold": 3, "lockout_duration": "5m", "lockout_counter_reset": "30s",
		}
		applied, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: "machineid_universal_auth", PriorState: providertest.DynamicValue(t, schema, nil), PlannedState: providertest.DynamicValue(t, schema, planned), Config: providertest.DynamicValue(t, schema, planned),
		})
		if err != nil {
			t.Fatal(err)
		}
		said := providertest.Summaries(applied.Diagnostics)
		if !strings.Contains(said, "ERROR "+attribute+": Could not create") && (attribute != "" || !strings.Contains(said, "ERROR Could not create")) || !strings.Contains(said, "It is wrong") {
			t.Errorf("%s: %s", field, said)
		}
	}
}

// TestDeleteOfAProtectedIdentity that Terraform does not know to be protected.
func TestDeleteOfAProtectedIdentity(t *testing.T) {
	server := servertest.Start(t)
	id := server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{
		"name": "x", "organizationId": server.Admin.OrganizationID, "hasDeleteProtection": true,
	}).Text("identity", "id")
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	schema := p.Schemas.ResourceSchemas["machineid_identity"]
	remove := func() string {
		applied, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: "machineid_identity", PlannedState: providertest.DynamicValue(t, schema, nil), Config: providertest.DynamicValue(t, schema, nil),
			PriorState: providertest.DynamicValue(t, schema, providertest.Values{"id": id, "name": "x", "role": "no-access", "delete_protection": false, "organization_id": server.Admin.OrganizationID}),
		})
		if err != nil {
			t.Fatal(err)
		}
		return providertest.Summaries(applied.Diagnostics)
	}
	if said := remove(); !strings.Contains(said, "set delete_protection = false, apply, and delete it then") {
		t.Error(said)
	}
	server.AsAdmin(t, http.MethodPatch, "/v1/identities/"+id, map[string]any{"name": "x", "hasDeleteProtection": false})
	for range 2 {
		if said := remove(); said != "" {
			t.Error(said)
		}
	}
}

// TestMoveRefused names what the state lacks, and leaves alone what is somebody else's.
func TestMoveRefused(t *testing.T) {
	server := provider.NewServer(provider.New("test"))
	for name, tc := range map[string]struct{ address, kind, state, want string }{
		"no id":       {"registry.terraform.io/infisical/infisical", "infisical_project_role", `{"id":"r","slug":"reader"}`, "(schema version 3) has no project_slug, which identifies the project role"},
		"null id":     {"registry.terraform.io/infisical/infisical", "infisical_project_role", `{"project_slug":"p","slug":null}`, "has no slug"},
		"a number":    {"registry.terraform.io/infisical/infisical", "infisical_project_role", `{"project_slug":7,"slug":"s"}`, "has no project_slug"},
		"no object":   {"registry.terraform.io/infisical/infisical", "infisical_project_role", `[]`, "cannot be decoded"},
		"other type":  {"registry.terraform.io/infisical/infisical", "infisical_identity", `{"id":"i"}`, "ERROR"},
		"other place": {"registry.terraform.io/other/infisical", "infisical_project_role", `{"project_slug":"p","slug":"s"}`, "ERROR"},
		"good":        {"registry.opentofu.org/infisical/infisical", "infisical_project_role", `{"project_slug":"p","slug":"s","of_later":[1]}`, ""},
		"ours":        {"registry.terraform.io/seed-54b7b333/machineid", "infisical_project_role", `{"project_slug":"p","slug":"s"}`, ""},
	} {
		resp, err := server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			SourceProviderAddress: tc.address, SourceTypeName: tc.kind, SourceSchemaVersion: 3, SourceState: &tfprotov6.RawState{JSON: []byte(tc.state)}, TargetTypeName: "machineid_project_role",
		})
		if err != nil {
			t.Fatal(err)
		}
		if said := providertest.Summaries(resp.Diagnostics); !strings.Contains(said, tc.want) || tc.want == "" && (said != "" || resp.TargetState == nil) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestOneMistakeIsOneError: what is compared with a wrong duration is not blamed too.
func TestOneMistakeIsOneError(t *testing.T) {
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"access_token": "x"})
	for name, tc := range map[string]struct {
		resource string
		config   providertest.Values
	}{
		"rotation of no time": {"machineid_universal_auth_client_secret", providertest.Values{"ttl": "7d", "rotate_before_expiry": "0s"}},
		"TTL and rotation":    {"machineid_universal_auth_client_secret", providertest.Values{"ttl": "7 d", "rotate_before_expiry": "1d"}},
		"rotation":            {"machineid_universal_auth_client_secret", providertest.Values{"ttl": "7d", "rotate_before_expiry": "soon"}},
		"TTL":                 {"machineid_universal_auth", providertest.Values{"access_token_ttl": "15 m", "access_token_max_ttl": "1h"}},
		"longest TTL":         {"machineid_token_auth", providertest.Values{"access_token_ttl": "15m", "access_token_max_ttl": "1x"}},
		"TTL out of bounds":   {"machineid_universal_auth", providertest.Values{"access_token_ttl": "3651d"}},
		"an age as longest":   {"machineid_universal_auth", providertest.Values{"access_token_ttl": "3652d", "access_token_max_ttl": "3651d"}},
	} {
		tc.config["identity_id"] = providertest.UnusedID
		said := p.Validate(t, tc.resource, tc.config)
		// The type and the comparison may both report the same mistake, which the CLI shows once.
		if strings.Contains(said, "every plan") || strings.Contains(said, "does not expire") || strings.Contains(said, "exceeds its maximum") || !strings.Contains(said, "uration") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestOneValueIsOneError checks that one invalid value gives one error.
func TestOneValueIsOneError(t *testing.T) {
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"access_token": "x"})
	for _, tc := range []struct {
		resource, field string
		required        providertest.Values
		values          []any
	}{
		{"machineid_identity", "name", providertest.Values{}, []any{"", " a", " \u0000", "a\u001b"}},
		{"machineid_identity", "role", providertest.Values{"name": "n"}, []any{"", "custom", "No Access"}},
		{"machineid_universal_auth_client_secret", "description", providertest.Values{"identity_id": providertest.UnusedID}, []any{"a\n", "\u0007"}},
		{"machineid_project", "slug", providertest.Values{"name": "n"}, []any{"Web Shop"}},
		{"machineid_universal_auth", "access_token_num_uses_limit", providertest.Values{"identity_id": providertest.UnusedID}, []any{1.5, 1e30, -1, -0.5}},
		{"machineid_universal_auth_client_secret", "num_uses_limit", providertest.Values{"identity_id": providertest.UnusedID}, []any{0.1, -1}},
		{"machineid_universal_auth", "lockout_threshold", providertest.Values{"identity_id": providertest.UnusedID}, []any{2.5, 31}},
	} {
		for _, value := range tc.values {
			tc.required[tc.field] = value
			said := p.Validate(t, tc.resource, tc.required)
			if strings.Count(said, "ERROR") != 1 || !strings.Contains(said, tc.field) || strings.Contains(said, "%!") {
				t.Errorf("%s, %s %v: %s", tc.resource, tc.field, value, said)
			}
		}
	}
}

// TestCallsEnd cancels calls when the connection closes, and when Terraform stops the provider.
func TestCallsEnd(t *testing.T) {
	for name, end := range map[string]func(p providertest.Protocol, cancel func()){
		"connection closed": func(_ providertest.Protocol, cancel func()) { cancel() },
		"stopped": func(p providertest.Protocol, _ func()) {
			if _, err := p.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan struct{})
			p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
				close(sent)
				<-req.Context().Done()
				return nil, req.Context().Err()
			})), providertest.Values{"host": "http://nowhere.example", "access_token": "x"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-sent
				end(p, cancel)
			}()
			read, err := p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
				TypeName: "machineid_identity", CurrentState: providertest.DynamicValue(t, p.Schemas.ResourceSchemas["machineid_identity"], providertest.Values{"id": "i"}),
			})
			if err != nil || !strings.Contains(providertest.Summaries(read.Diagnostics), "interrupted") {
				t.Error(err, providertest.Summaries(read.Diagnostics))
			}
		})
	}
}
