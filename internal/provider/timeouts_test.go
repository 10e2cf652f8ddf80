// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestEveryThingHasTimeouts checks the block that the driver adds to every schema.
func TestEveryThingHasTimeouts(t *testing.T) {
	schemas, err := provider.NewServer(provider.New("test")).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range schemas.ActionSchemas {
		actions[name] = action.Schema
	}
	for kind, all := range map[string]map[string]*tfprotov6.Schema{
		"create delete read update": schemas.ResourceSchemas, "read": schemas.DataSourceSchemas, "open": schemas.EphemeralResourceSchemas,
		"list": schemas.ListResourceSchemas, "invoke": actions,
	} {
		if len(all) == 0 {
			t.Errorf("nothing with %s", kind)
		}
		for name, schema := range all {
			var found []string
			for _, block := range schema.Block.BlockTypes {
				if block.TypeName != "timeouts" {
					continue
				}
				for _, attribute := range block.Block.Attributes {
					found = append(found, attribute.Name)
				}
			}
			if strings.Join(found, " ") != kind {
				t.Errorf("%s has time-outs to %v", name, found)
			}
		}
	}
}

// TestTimeouts are kept in the state, changed in place and alone, and imported as none.
func TestTimeouts(t *testing.T) {
	server := servertest.Start(t)
	const address = "machineid_identity.x"
	config := func(block string) string {
		return providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"x\"\n"+block) + `
data "machineid_identity" "x" {
  id = machineid_identity.x.id
  timeouts { read = "1m" }
}
`
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(`timeouts { create = "soon" }`), ExpectError: providertest.Sentence("soon")},
		resource.TestStep{Config: config(`timeouts { create = "0s" }`), ExpectError: providertest.Sentence("is shorter than attribute timeouts.create allows")},
		resource.TestStep{Config: config(`timeouts { delete = "-1m" }`), ExpectError: providertest.Sentence("has a sign")},
		resource.TestStep{Config: config(`timeouts { create = "5m" }`), Check: resource.TestCheckResourceAttr(address, "timeouts.create", "5m")},
		resource.TestStep{Config: config(`timeouts { create = "6m" }`), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)},
		}},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"}},
		resource.TestStep{Config: config(""), Check: resource.TestCheckNoResourceAttr(address, "timeouts.create")},
	)
}

// TestTimeoutEnds a wait for a limit: the error says which time-out, how long it was, and what for.
func TestTimeoutEnds(t *testing.T) {
	server := servertest.Start(t)
	behind, err := url.Parse(server.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(behind)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/identities") {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	config := strings.Replace(providertest.AdminConfig(server), server.Host, front.URL, 1) + providertest.IdentityConfig("name = \"x\"\ntimeouts { create = \"1s\" }")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config, ExpectError: providertest.Sentence("the create timeout of 1s was exceeded while waiting for the rate limit of POST /api/v1/identities")},
		resource.TestStep{Config: config, ExpectError: providertest.Sentence("Raise create in the timeouts block")},
	)
}

// TestTimeoutsOfListsAndActions end what waits for a limit, too.
func TestTimeoutsOfListsAndActions(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/client-secrets") {
			limited := providertest.Response(http.StatusTooManyRequests, "application/json", `{"statusCode":429,"error":"RateLimitExceeded","message":"Too many requests"}`)
			limited.Header.Set("Retry-After", "300")
			return limited, nil
		}
		return next.RoundTrip(req)
	})), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	const kind, action = "machineid_universal_auth_client_secret", "machineid_revoke_client_secrets"
	listed := p.List(t, kind, providertest.Values{"identity_id": identity.ID, "timeouts": providertest.Values{"list": "1s"}}, false, 0, 0)
	_, planned, invoked := p.InvokeAction(t, action, providertest.Values{"identity_id": identity.ID, "timeouts": providertest.Values{"invoke": "1s"}})
	for want, said := range map[string]string{"list": listed.Diagnostics, "invoke": planned + invoked} {
		if !strings.Contains(said, "the "+want+" timeout of 1s was exceeded") || !strings.Contains(said, "Raise "+want+" in the timeouts block") {
			t.Error(said)
		}
	}
	if strings.Count(planned+invoked, "ERROR Could not revoke client secrets") != 2 {
		t.Error(planned, invoked)
	}
}

// TestTimeoutsAreChecked checks that timeouts of every kind are validated before anything is planned.
func TestTimeoutsAreChecked(t *testing.T) {
	server := servertest.Start(t)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	for set, want := range map[string]string{
		"20m": "", "1d": "", "1h30m": "", "30": "",
		"0s":   `Duration out of bounds: "0s" is shorter than attribute timeouts.create allows`,
		"367d": `Duration out of bounds: "367d" is longer than attribute timeouts.create allows`,
		"-5m":  `Invalid duration: Attribute timeouts.create: "-5m" has a sign`,
		"1.5h": `Invalid duration: Attribute timeouts.create: "1.5h" has a fraction`,
		"1ms":  `Invalid duration: Attribute timeouts.create: "1ms" has "ms", which is not a unit`,
		"":     "Invalid duration: Attribute timeouts.create: a duration must not be empty",
	} {
		said := p.Validate(t, "machineid_identity", providertest.Values{"name": "x", "timeouts": providertest.Values{"create": set}})
		if want == "" && said != "" || !strings.Contains(said, want) || want != "" && (strings.Count(said, "ERROR") != 1 || !strings.Contains(said, `AttributeName("create"): `)) {
			t.Errorf("%q: %s", set, said)
		}
	}
}
