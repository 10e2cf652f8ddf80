// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestWholeNumbers checks every counting attribute: a fraction is an error at the attribute, and a number
// beyond 64 bits is out of the attribute's bounds.
func TestWholeNumbers(t *testing.T) {
	server := servertest.Start(t)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	const authentication, secret = "machineid_universal_auth", "machineid_universal_auth_client_secret"
	for at, tc := range map[string]struct {
		kind string
		set  func(number *big.Float) providertest.Values
	}{
		`AttributeName("num_uses_limit")`:              {secret, func(n *big.Float) providertest.Values { return providertest.Values{"num_uses_limit": n} }},
		`AttributeName("access_token_num_uses_limit")`: {authentication, func(n *big.Float) providertest.Values { return providertest.Values{"access_token_num_uses_limit": n} }},
		`AttributeName("lockout_threshold")`:           {authentication, func(n *big.Float) providertest.Values { return providertest.Values{"lockout_threshold": n} }},
	} {
		for number, want := range map[float64]string{
			2: "", 1.5: "Not a whole number: Attribute ", -0.25: " is -0.25. Set a whole number from ", 1e40: "value must be between",
		} {
			config := tc.set(big.NewFloat(number))
			config["identity_id"] = providertest.UnusedID
			said := p.Validate(t, tc.kind, config)
			if strings.Contains(said, "report") || strings.Contains(said, "ERROR") != (want != "") || !strings.Contains(said, want) || want != "" && !strings.Contains(said, "ERROR "+at+": ") {
				t.Errorf("%s = %v: %s", at, number, said)
			}
		}
	}
	if said := p.Validate(t, secret, providertest.Values{"identity_id": providertest.UnusedID, "num_uses_limit": big.NewFloat(math.MaxInt64)}); !strings.Contains(said, "value must be between 1 and") {
		t.Error(said)
	}
}
