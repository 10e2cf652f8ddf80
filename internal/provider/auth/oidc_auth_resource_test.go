// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

const oidcAddress = "machineid_oidc_auth.x"

// oidcConfig returns an identity with OIDC auth of an issuer that is never contacted.
func oidcConfig(attributes string) string {
	return oidcConfigOf("https://issuer.example", attributes)
}

func oidcConfigOf(issuer, attributes string) string {
	return providertest.IdentityConfig(`name = "x"`) + fmt.Sprintf("resource \"machineid_oidc_auth\" \"x\" {\nidentity_id = machineid_identity.x.id\ndiscovery_url = %q\nbound_issuer = %[1]q\n%s\n}\n", issuer, attributes)
}

func TestOIDCAuthLife(t *testing.T) {
	server := servertest.Start(t)
	issuer := oidctest.StartTLS(t, server.Clock.Now)
	start := providertest.AdminConfig(server)
	var id string
	path := func() string { return "/v1/auth/oidc-auth/identities/" + id }
	// fields compares the stored settings as JSON, without IDs and dates.
	fields := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			got := maps.Clone(server.AsAdmin(t, http.MethodGet, path(), nil).At("identityOidcAuth").(map[string]any))
			for _, name := range []string{"id", "identityId", "createdAt", "updatedAt", "caCert"} {
				delete(got, name)
			}
			if text, err := json.Marshal(got); err != nil || string(text) != want {
				return fmt.Errorf("the server has %s, not %s (%w)", text, want, err)
			}
			return nil
		})
	}
	const bound = `bound_subject = "repo:acme/*"`
	const minimal = `{"accessTokenMaxTTL":2592000,"accessTokenNumUsesLimit":0,"accessTokenTTL":2592000,"accessTokenTrustedIps":[{"ipAddress":"0.0.0.0","prefix":0,"type":"ipv4"},{"ipAddress":"::","prefix":0,"type":"ipv6"}],` +
		`"boundAudiences":"","boundClaims":{},"boundIssuer":"https://issuer.example","boundSubject":"repo:acme/*","claimMetadataMapping":{},"oidcDiscoveryUrl":"https://issuer.example"}`
	full := func(more string) string {
		return fmt.Sprintf(`
  ca_certificate              = %q
  bound_audiences             = ["two", "one"]
  bound_subject               = "repo:acme/*:ref:refs/heads/main"
  bound_claims                = { repository = ["acme/shop"], ref = ["refs/heads/release/*", "refs/heads/main"], "a.b" = ["c"] }
  claim_metadata_mapping      = { team = "repository_owner" }
  access_token_ttl            = "1h30m"
  access_token_max_ttl        = "7200"
  access_token_num_uses_limit = 5
  access_token_trusted_ips    = ["10.1.2.3/8"]
`, issuer.CACert+more)
	}
	filled := `{"accessTokenMaxTTL":7200,"accessTokenNumUsesLimit":5,"accessTokenTTL":5400,"accessTokenTrustedIps":[{"ipAddress":"10.1.2.3","prefix":8,"type":"ipv4"}],` +
		`"boundAudiences":"one, two","boundClaims":{"a.b":"c","ref":"refs/heads/main, refs/heads/release/*","repository":"acme/shop"},` +
		`"boundIssuer":"` + issuer.URL + `","boundSubject":"repo:acme/*:ref:refs/heads/main","claimMetadataMapping":{"team":"repository_owner"},"oidcDiscoveryUrl":"` + issuer.URL + `"}`
	defaults := []statecheck.StateCheck{
		providertest.ExpectAttribute(oidcAddress, "ca_certificate", providertest.Text("")), providertest.ExpectAttribute(oidcAddress, "bound_audiences", knownvalue.SetSizeExact(0)), providertest.ExpectAttribute(oidcAddress, "bound_claims", knownvalue.MapSizeExact(0)),
		providertest.ExpectAttribute(oidcAddress, "claim_metadata_mapping", knownvalue.MapSizeExact(0)), providertest.ExpectAttribute(oidcAddress, "allow_any_subject", knownvalue.Bool(false)),
		providertest.ExpectAttribute(oidcAddress, "access_token_ttl", providertest.Text("30d")), providertest.ExpectAttribute(oidcAddress, "access_token_trusted_ips", providertest.TextSet("0.0.0.0/0", "::/0")),
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:            start + oidcConfig(bound),
			Check:             resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &id), fields(minimal)),
			ConfigStateChecks: defaults,
		},
		resource.TestStep{
			Config:           start + oidcConfigOf(issuer.URL, full("")),
			ConfigPlanChecks: providertest.ExpectAction(oidcAddress, plancheck.ResourceActionUpdate),
			Check:            fields(filled),
		},
		resource.TestStep{Config: start + oidcConfigOf(issuer.URL, full("")), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: start + oidcConfigOf(issuer.URL, full("")), ResourceName: oidcAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{ // all back to its default
			Config:            start + oidcConfig(bound),
			ConfigPlanChecks:  providertest.ExpectAction(oidcAddress, plancheck.ResourceActionUpdate),
			Check:             fields(minimal),
			ConfigStateChecks: defaults,
		},
		resource.TestStep{ResourceName: oidcAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: identityID},
		resource.TestStep{ResourceName: oidcAddress, ImportState: true, ImportStateId: "a/b", ExpectError: providertest.Sentence(`there is no identity with the name "a/b"`)},
		resource.TestStep{
			Config:           start + oidcConfig("allow_any_subject = true"),
			ConfigPlanChecks: providertest.ExpectAction(oidcAddress, plancheck.ResourceActionUpdate),
			Check:            fields(strings.Replace(minimal, "repo:acme/*", "", 1)),
		},
		resource.TestStep{Config: start + oidcConfig("allow_any_subject = true"), ResourceName: oidcAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"boundSubject": "*", "boundAudiences": "evil", "boundClaims": map[string]string{"x": "y"}, "claimMetadataMapping": map[string]string{"x": "y"}, "accessTokenTTL": 60, "accessTokenMaxTTL": 60,
				})
			},
			Config:           start + oidcConfig(bound),
			ConfigPlanChecks: providertest.ExpectAction(oidcAddress, plancheck.ResourceActionUpdate),
			Check:            fields(minimal),
		},
		resource.TestStep{ // removed outside Terraform
			PreConfig:        func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:           start + oidcConfig(bound),
			ConfigPlanChecks: providertest.ExpectAction(oidcAddress, plancheck.ResourceActionCreate),
		},
		resource.TestStep{
			Config: start + oidcConfig(bound) + "data \"machineid_identity\" \"x\" {\nid = machineid_oidc_auth.x.identity_id\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute("data.machineid_identity.x", "auth_methods", providertest.TextSet("oidc-auth")),
			},
		},
		resource.TestStep{ // gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + providertest.IdentityConfig(`name = "x"`),
		},
	)
}

func TestOIDCAuthBadInput(t *testing.T) {
	server := servertest.Start(t)
	cases := map[string]string{}
	const bound = "bound_subject = \"me\"\n"
	for attributes, message := range map[string]string{
		``:                     `Neither bound_subject nor bound_claims binds anything`,
		`bound_subject = "**"`: `every JWT of this issuer could log in`,
		`bound_claims = { ref = ["refs/*", "*"] }`:    `set allow_any_subject = true`,
		`bound_subject = "**/*"`:                      `OIDC auth binds no subject or claim`,
		"bound_subject = \"\"\nbound_claims = {}":     `OIDC auth binds no subject or claim`,
		`bound_subject = "a["`:                        `cannot be parsed`,
		`bound_claims = { ref = ["a{"] }`:             `cannot be parsed`,
		`bound_subject = " me"`:                       `white space`,
		`bound_claims = { ref = [] }`:                 `at least 1`,
		`bound_claims = { ref = ["a, b"] }`:           `splits lists at commas`,
		`bound_claims = { ref = [""] }`:               `Empty value or surrounding white space`,
		`bound_claims = { ref = "main" }`:             `set of string required`,
		`bound_claims = { "" = ["main"] }`:            `between 1 and 255`,
		bound + `bound_audiences = ["a,b"]`:           `splits lists at commas`,
		`bound_claims = { ref = ["{a"] }`:             `a brace without its partner`,
		`bound_claims = { ref = ["b}"] }`:             `a brace without its partner`,
		bound + `bound_audiences = [null]`:            `null`,
		bound + `claim_metadata_mapping = { a = "" }`: `between 1 and 255`,
		bound + `ca_certificate = "none"`:             `The value holds no certificate in PEM`,
		bound + `access_token_ttl = "31d"`:            `access_token_ttl is 31d, and access_token_max_ttl is 30d`,
		bound + `access_token_num_uses_limit = -1`:    `must be between 1 and`,
		bound + `access_token_trusted_ips = ["all"]`:  `is not an IPv4 or IPv6 address`,
	} {
		cases[oidcConfig(attributes)] = message
	}
	for url, message := range map[string]string{
		"":                      `begins with https://`,
		"issuer.example":        `begins with https://`,
		"http://issuer.example": `an attacker on the network could sign JWTs`,
		"https://":              `begins with https://`,
		"https://u:p@a.example": `must not hold a user or a password`,
		"https://a.example?x=1": `without ? and #`,
		"https://a.example#":    `without ? and #`,
		"https://a.example/":    `Leave the slash at the end out: "https://a.example".`,
		"https://a.example/t//": `Leave the slash at the end out: "https://a.example/t".`,
		"https://a.example/t" + oidctest.DiscoveryPath:     `Leave that out: "https://a.example/t".`,
		"https://a.example" + oidctest.DiscoveryPath + "/": `Leave that out: "https://a.example".`,
	} {
		cases[oidcConfigOf(url, bound)] = message
	}
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), cases)
}

// TestOIDCAuthUnknown checks that values unknown at plan are validated at apply, before a request is sent.
func TestOIDCAuthUnknown(t *testing.T) {
	server := servertest.Start(t)
	config := func(subject string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf("resource \"terraform_data\" \"subject\" {\ninput = %q\n}\n", subject) + oidcConfig("bound_subject = terraform_data.subject.output")
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config("**"), ExpectError: providertest.Sentence("OIDC auth binds no subject or claim")},
		resource.TestStep{Config: config("me"), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(oidcAddress, "bound_subject", providertest.Text("me"))}},
	)
}

func TestOIDCAuthDenied(t *testing.T) {
	server := servertest.Start(t)
	nobody, other := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "no-access", nil)
	config := fmt.Sprintf("resource \"machineid_oidc_auth\" \"x\" {\nidentity_id = %q\ndiscovery_url = \"https://a.example\"\nbound_issuer = \"a\"\nbound_subject = \"me\"\n}\n", other.ID)
	attach := func() {
		server.AsAdmin(t, http.MethodPost, "/v1/auth/oidc-auth/identities/"+other.ID, map[string]any{"oidcDiscoveryUrl": "https://a.example", "boundIssuer": "a", "boundClaims": map[string]string{}})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, nobody) + config, ExpectError: providertest.Sentence("not allowed to")},
		resource.TestStep{PreConfig: attach, Config: providertest.AdminConfig(server) + config, ExpectError: providertest.Sentence("terraform import machineid_oidc_auth.NAME")},
	)
}

// TestOIDCAuthOnAnOlderServer checks that only configurations with claim_metadata_mapping fail.
func TestOIDCAuthOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return providertest.WithoutFields(next, req, "claimMetadataMapping")
	}))
	const bound = "bound_subject = \"me\"\n"
	start := providertest.AdminConfig(server)
	providertest.Apply(t, p,
		resource.TestStep{Config: start + oidcConfig(bound), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(oidcAddress, "claim_metadata_mapping", knownvalue.MapSizeExact(0))}},
		resource.TestStep{Config: start + oidcConfig(bound), ResourceName: oidcAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{Config: start + oidcConfig(bound+`claim_metadata_mapping = { a = "b" }`), ExpectError: providertest.Sentence("older than claims that tokens keep")},
		resource.TestStep{Config: start + oidcConfig(bound), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestOIDCAuthWarns covers configurations that are allowed but rarely intended.
func TestOIDCAuthWarns(t *testing.T) {
	server := servertest.Start(t)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host})
	for name, tc := range map[string]struct {
		more  providertest.Values
		warns []string
	}{
		"any audience":   {providertest.Values{"bound_subject": "me"}, []string{"OIDC auth accepts any audience"}},
		"anybody at all": {providertest.Values{"allow_any_subject": true}, []string{"OIDC auth accepts any audience"}},
		"anybody, bound": {providertest.Values{"allow_any_subject": true, "bound_subject": "me"}, []string{"OIDC auth accepts any audience", "allow_any_subject has no effect"}},
		"nothing":        {providertest.Values{"bound_audiences": []tftypes.Value{tftypes.NewValue(tftypes.String, "a")}, "bound_subject": "me"}, nil},
		"unknown":        {providertest.Values{"bound_audiences": providertest.Unknown, "bound_subject": providertest.Unknown}, nil},
		"unknown claims": {providertest.Values{"bound_audiences": providertest.Unknown, "bound_claims": providertest.Unknown}, nil},
	} {
		config := providertest.Values{"identity_id": providertest.UnusedID, "discovery_url": "https://a.example", "bound_issuer": "a", "access_token_ttl": "15m", "access_token_max_ttl": "15m"}
		maps.Copy(config, tc.more)
		said := p.Validate(t, "machineid_oidc_auth", config)
		for _, warning := range tc.warns {
			if !strings.Contains(said, "WARNING AttributeName(") || !strings.Contains(said, warning) {
				t.Errorf("%s: %q", name, said)
			}
		}
		if n := strings.Count(said, "WARNING"); n != len(tc.warns) || strings.Contains(said, "ERROR") {
			t.Errorf("%s: %q", name, said)
		}
	}
}
