// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// Through makes a provider whose requests go through the transport.
func Through(transport http.RoundTripper) *Provider {
	p := New("test")
	p.transport = transport
	return p
}

// Opened is the register of the provider.
func (p *Provider) Opened() *client.OpenCredentials { return p.opened }
