// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const day = 24 * time.Hour

// rotated expects a replacement that the status forces.
func rotated() resource.ConfigPlanChecks {
	checks := newFor("status")
	checks.PreApply = append(checks.PreApply, plancheck.ExpectKnownValue(providertest.ClientSecretAddress, tfjsonpath.New("status"), providertest.Text("active")))
	return checks
}

// forces expects that only the attribute forces the replacement.
type forces struct{ address, attribute string }

func (f forces) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address == f.address && fmt.Sprint(change.Change.ReplacePaths) != fmt.Sprint([]any{[]any{f.attribute}}) {
			resp.Error = fmt.Errorf("%v force the replacement, not %s", change.Change.ReplacePaths, f.attribute)
		}
	}
}

// TestRotation plans and applies repeatedly while the clock of the server advances. Responses carry the
// server's time in seconds.
func TestRotation(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	start := providertest.AdminConfig(server)
	soon, overlap := "ttl = \"90d\"\nrotate_before_expiry = \"7d\"\n", "lifecycle {\ncreate_before_destroy = true\n}\n"
	var clientID, secret, id, before string
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), providertest.SaveAttribute(providertest.ClientSecretAddress, "client_secret", &secret), providertest.SaveAttribute(providertest.ClientSecretAddress, "id", &id))
	isNew := providertest.CheckServer(func() error {
		if a := server.Login(t, clientID, secret); a.Status != http.StatusOK || id == before {
			return fmt.Errorf("%v; %s after %s", a.Body, id, before)
		}
		before = id
		return nil
	})
	stays := providertest.CheckServer(func() error {
		if id != before {
			return fmt.Errorf("%s after %s", id, before)
		}
		return nil
	})
	active := []statecheck.StateCheck{providertest.ExpectAttribute(providertest.ClientSecretAddress, "status", providertest.Text("active"))}
	pass := func(d time.Duration) func() { return func() { server.Clock.Advance(d) } }
	check := func(checks ...resource.TestCheckFunc) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(append([]resource.TestCheckFunc{noted}, checks...)...)
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start + secretConfig(soon), Check: check(isNew), ConfigStateChecks: active},
		resource.TestStep{PreConfig: pass(83*day - time.Minute), Config: start + secretConfig(soon), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{PreConfig: pass(2 * time.Minute), Config: start + secretConfig(soon), ConfigPlanChecks: rotated(), Check: check(isNew), ConfigStateChecks: active},
		resource.TestStep{Config: start + secretConfig(soon), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // another notation of the same duration
			Config: start + secretConfig("ttl = \"90d\"\nrotate_before_expiry = \"168h\"\n"), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{
			PreConfig: pass(40 * day),
			Config:    start + secretConfig("ttl = \"90d\"\nrotate_before_expiry = \"30d\"\n"), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate), Check: check(stays), ConfigStateChecks: active,
		},
		resource.TestStep{ // a setting that makes the secret due is applied first
			Config: start + secretConfig("ttl = \"90d\"\nrotate_before_expiry = \"60d\"\n"), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate), Check: check(stays), ExpectNonEmptyPlan: true,
		},
		resource.TestStep{ // a longer setting does not delay a due rotation
			Config: start + secretConfig("ttl = \"90d\"\nrotate_before_expiry = \"61d\"\n"), ConfigPlanChecks: rotated(), Check: check(isNew), ConfigStateChecks: active,
		},
		resource.TestStep{ // a setting that makes the secret not due prevents the rotation
			PreConfig: pass(31 * day),
			Config:    start + secretConfig(soon), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate), Check: check(stays), ConfigStateChecks: active,
		},
		resource.TestStep{ // expired without a plan in time
			PreConfig: pass(90 * day),
			Config:    start + secretConfig(soon), ConfigPlanChecks: rotated(), Check: check(isNew), ConfigStateChecks: active,
		},
		resource.TestStep{ // expired, without rotate_before_expiry
			Config: start + secretConfig("ttl = \"1h\""), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionReplace), Check: check(isNew),
		},
		resource.TestStep{PreConfig: pass(time.Hour + time.Second), Config: start + secretConfig("ttl = \"1h\""), ConfigPlanChecks: rotated(), Check: check(isNew)},
		resource.TestStep{ // meant to expire
			Config: start + secretConfig("ttl = \"1h\"\nrotate_on_expiry = false"), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate), Check: check(stays),
		},
		resource.TestStep{
			PreConfig: pass(time.Hour + time.Second), Config: start + secretConfig("ttl = \"1h\"\nrotate_on_expiry = false"), ConfigPlanChecks: providertest.ExpectEmptyPlan(), Check: check(stays),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(providertest.ClientSecretAddress, "status", providertest.Text("expired"))},
		},
		resource.TestStep{ // a change of the triggers
			Config: start + secretConfig("rotation_triggers = { leak = \"1\" }\n"+overlap), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreateBeforeDestroy), Check: check(isNew),
		},
		resource.TestStep{Config: start + secretConfig("rotation_triggers = { leak = \"1\" }\n"+overlap), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{
			Config: start + secretConfig("rotation_triggers = { leak = \"2\" }\n"+overlap), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreateBeforeDestroy), Check: check(isNew),
		},
	)
}

// TestRotationOfSpentSecrets covers secrets that are used up or revoked.
func TestRotationOfSpentSecrets(t *testing.T) {
	server := servertest.Start(t)
	for name, drift := range map[string]string{"full": "", "existence": "drift_detection = \"existence\"\n"} {
		t.Run(name, func(t *testing.T) {
			start := strings.Replace(providertest.AdminConfig(server), "universal_auth {", drift+"universal_auth {", 1)
			var identity, clientID, secret, id string
			noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &identity), providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), providertest.SaveAttribute(providertest.ClientSecretAddress, "client_secret", &secret), providertest.SaveAttribute(providertest.ClientSecretAddress, "id", &id))
			use := func(times int) func() {
				return func() {
					for range times {
						server.Login(t, clientID, secret)
					}
				}
			}
			revoke := func() {
				server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+identity+"/client-secrets/"+id+"/revoke", nil)
			}
			kept := secretConfig("num_uses_limit = 2\nrotate_on_expiry = false")
			providertest.Apply(t, provider.New("test"),
				resource.TestStep{Config: start + secretConfig("num_uses_limit = 2"), Check: noted},
				resource.TestStep{PreConfig: use(1), Config: start + secretConfig("num_uses_limit = 2"), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
				resource.TestStep{PreConfig: use(1), Config: start + secretConfig("num_uses_limit = 2"), ConfigPlanChecks: rotated(), Check: noted},
				resource.TestStep{PreConfig: revoke, Config: start + secretConfig("num_uses_limit = 2"), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreate), Check: noted},
				resource.TestStep{Config: start + kept, ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate)},
				resource.TestStep{PreConfig: use(2), Config: start + kept, ConfigPlanChecks: providertest.ExpectEmptyPlan(),
					ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(providertest.ClientSecretAddress, "status", providertest.Text("used_up"))}},
				resource.TestStep{PreConfig: use(1), Config: start + kept, ConfigPlanChecks: providertest.ExpectEmptyPlan()}, // the server revokes it at this login
				resource.TestStep{Config: start + secretConfig("num_uses_limit = 2"), ConfigPlanChecks: rotated()},
			)
		})
	}
}

// TestRotationKeepsBoth checks that with create_before_destroy the old secret logs in until the new one
// has been stored.
func TestRotationKeepsBoth(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	var clientID, secret string
	both := make(chan error, 1)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil && secret != "" && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/client-secrets") {
			if a := server.Login(t, clientID, secret); a.Status != http.StatusOK {
				err = fmt.Errorf("%v", a.Body)
			}
			both <- err
		}
		return resp, err
	}))
	config := providertest.AdminConfig(server) + secretConfig("ttl = \"90d\"\nrotate_before_expiry = \"7d\"\nlifecycle {\ncreate_before_destroy = true\n}\n")
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), providertest.SaveAttribute(providertest.ClientSecretAddress, "client_secret", &secret))
	providertest.Apply(t, p,
		resource.TestStep{Config: config, Check: noted},
		resource.TestStep{
			PreConfig: func() { server.Clock.Advance(84 * day) }, Config: config, ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreateBeforeDestroy),
			Check: providertest.CheckServer(func() error {
				if err := <-both; err != nil {
					return err
				}
				if a := server.Login(t, clientID, secret); a.Status == http.StatusOK {
					return errors.New("the old secret logs in after the rotation")
				}
				return nil
			}),
		},
	)
}

// TestRotationOfAnOldPlan checks that the apply of a saved plan rotates what the plan shows, also when other
// secrets have become due since.
func TestRotationOfAnOldPlan(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	with := func(name, before string) string {
		config := secretConfig("ttl = \"90d\"\nrotate_before_expiry = " + before + "\n")
		return providertest.AdminConfig(server) + strings.Replace(config, "name = \"x\"", "name = \""+name+"\"", 1) // its update gives the provider the time of the server
	}
	later := providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate)
	later.PreApply = append(later.PreApply, passes{func() { server.Clock.Advance(20 * day) }})
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: with("x", `"7d"`)},
		resource.TestStep{PreConfig: func() { server.Clock.Advance(50 * day) }, Config: with("y", `"30d"`), ConfigPlanChecks: later, ExpectNonEmptyPlan: true},
		resource.TestStep{Config: with("y", `"30d"`), ConfigPlanChecks: rotated()},
	)
}

// TestRotationPlansWithoutAClock: of what is unknown, or makes a secret due only now.
func TestRotationPlansWithoutAClock(t *testing.T) {
	server := servertest.Start(t)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	const name = "machineid_universal_auth_client_secret"
	const due = "Client secret is due for rotation"
	for label, tc := range map[string]struct {
		status       string
		before, when any
		replaced     bool
		says         string
	}{
		"as it was":                    {"expiring", "10m", true, true, "A new client secret is planned"},
		"longer":                       {"expiring", "20m", true, true, "A new client secret is planned"},
		"shorter":                      {"expiring", "5m", true, false, due},
		"unknown":                      {"expiring", providertest.Unknown, true, true, "A new client secret is planned"},
		"due only now":                 {"active", "20m", true, false, due},
		"not refreshed":                {"active", "10m", true, false, ""},
		"spent, and kept":              {"expired", "10m", false, false, ""},
		"spent, and who knows if kept": {"expired", "10m", providertest.Unknown, true, "It expired at"},
	} {
		state := providertest.Values{"id": "1", "identity_id": providertest.UnusedID, "description": "", "ttl": "1h", "rotate_on_expiry": true, "rotate_before_expiry": "10m",
			"client_secret": "x", "client_secret_prefix": "abcd", "created_at": "2020-01-01T00:00:00Z", "expires_at": "2020-01-01T01:00:00Z", "status": tc.status}
		config := providertest.Values{"identity_id": providertest.UnusedID, "ttl": "1h", "rotate_before_expiry": tc.before, "rotate_on_expiry": tc.when}
		proposed := maps.Clone(state)
		maps.Copy(proposed, config)
		schema := p.Schemas.ResourceSchemas[name]
		planned, err := p.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name,
			PriorState: providertest.DynamicValue(t, schema, state), ProposedNewState: providertest.DynamicValue(t, schema, proposed), Config: providertest.DynamicValue(t, schema, config)})
		if err != nil {
			t.Fatal(err)
		}
		said := providertest.Summaries(planned.Diagnostics)
		if len(planned.RequiresReplace) > 0 != tc.replaced || !strings.Contains(said, tc.says) || tc.says == "" && said != "" {
			t.Errorf("%s: %s, replaced for %v", label, said, planned.RequiresReplace)
		}
	}
}

// passes lets time pass between a plan and its apply.
type passes struct{ pass func() }

func (p passes) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	p.pass()
}

func TestRotationBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		secretConfig(`rotate_before_expiry = "7d"`):                   `Set a ttl, or remove rotate_before_expiry`,
		secretConfig("ttl = null\nrotate_before_expiry = \"7d\""):     `does not expire`,
		secretConfig(`ttl = "0s"`):                                    `shorter than attribute ttl allows`,
		secretConfig("ttl = \"7d\"\nrotate_before_expiry = \"168h\""): `would rotate at every plan`,
		secretConfig("ttl = \"7d\"\nrotate_before_expiry = \"8d\""):   `Set a shorter rotate_before_expiry or a longer ttl`,
		secretConfig("ttl = \"7d\"\nrotate_before_expiry = \"0s\""):   `shorter than attribute rotate_before_expiry allows`,
		secretConfig("ttl = \"7d\"\nrotate_before_expiry = \"soon\""): `soon`,
		secretConfig(`status = "active"`):                             `read-only`,
	})
}

// TestRotationReasons calls the provider directly: the test framework does not show warnings.
func TestRotationReasons(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	identity := server.NewIdentity(t, "no-access", nil)
	made := server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+identity.ID+"/client-secrets", map[string]any{"ttl": 3600, "numUsesLimit": 1})
	const name = "machineid_universal_auth_client_secret"
	before := providertest.Values{"id": made.Text("clientSecretData", "id"), "identity_id": identity.ID, "description": "", "ttl": "1h", "num_uses_limit": 1, "rotate_on_expiry": true,
		"rotate_before_expiry": "10m", "client_secret": "x", "client_secret_prefix": "abcd", "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T01:00:00Z", "status": "active"}
	said := func() (string, string) {
		t.Helper()
		p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "universal_auth": providertest.Values{"client_id": server.Admin.ClientID, "client_secret": server.Admin.ClientSecret}})
		schema := p.Schemas.ResourceSchemas[name]
		read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: providertest.DynamicValue(t, schema, before)})
		if err != nil {
			t.Fatal(err)
		}
		if value, err := read.NewState.Unmarshal(schema.ValueType()); err != nil || value.IsNull() {
			return providertest.Summaries(read.Diagnostics), ""
		}
		planned, err := p.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: read.NewState, ProposedNewState: read.NewState,
			Config: providertest.DynamicValue(t, schema, providertest.Values{"identity_id": identity.ID, "ttl": "1h", "num_uses_limit": 1, "rotate_before_expiry": "10m"})})
		if err != nil {
			t.Fatal(err)
		}
		var forced []string
		for _, path := range planned.RequiresReplace {
			forced = append(forced, path.String())
		}
		return providertest.Summaries(append(read.Diagnostics, planned.Diagnostics...)), strings.Join(forced, " ")
	}
	for _, tc := range []struct {
		first func()
		words []string
	}{
		{func() {}, nil},
		{func() { server.Clock.Advance(51 * time.Minute) }, []string{"A new client secret is planned", "It expires at", "rotate_before_expiry is 10m"}},
		{func() { server.Login(t, identity.ClientID, made.Text("clientSecret")) }, []string{"Its uses are spent"}},
		{func() { server.Clock.Advance(9*time.Minute + time.Second) }, []string{"It expired at"}},
		{func() { server.Login(t, identity.ClientID, made.Text("clientSecret")) }, []string{"Client secret is revoked", made.Text("clientSecretData", "id")}},
	} {
		tc.first()
		text, forced := said()
		for _, word := range tc.words {
			if !strings.Contains(text, word) {
				t.Errorf("%q lacks %q", text, word)
			}
		}
		if len(tc.words) == 0 && text+forced != "" || strings.Contains(text, "planned.") && !strings.Contains(forced, "status") {
			t.Errorf("%q, forced by %q", text, forced)
		}
	}
}
