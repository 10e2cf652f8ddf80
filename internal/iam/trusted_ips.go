// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// TrustedIPs are the addresses that a credential may be used from.
type TrustedIPs []api.TrustedIP

// AllTrustedIPs returns the default: all addresses.
func AllTrustedIPs() TrustedIPs { return api.AllTrustedIPs() }

// set parses the trusted IPs of a request; nil changes nothing.
func (ts *TrustedIPs) set(sent *[]api.TrustedIPRequest) error {
	if sent == nil {
		return nil
	}
	parsed := make(TrustedIPs, len(*sent))
	for n, ip := range *sent {
		text := strings.TrimSpace(ip.IPAddress)
		var err error
		if parsed[n], err = api.ParseTrustedIP(text); err != nil { // its message quotes what may be a misplaced secret
			return Errorf(BadRequest, "%q is not a valid IPv4 or IPv6 address or CIDR block", abbreviate(text))
		}
	}
	*ts = parsed
	return nil
}

// restrict reports whether they exclude any address.
func (ts TrustedIPs) restrict() bool {
	for _, all := range AllTrustedIPs() {
		if !slices.ContainsFunc(ts, all.SameAddresses) {
			return true
		}
	}
	return false
}

// checkAddress rejects an address that none of them contains.
func (ts TrustedIPs) checkAddress(from netip.Addr) error {
	if slices.ContainsFunc(ts, func(t api.TrustedIP) bool { return t.Contains(from) }) {
		return nil
	}
	return Errorf(Forbidden, "You are not allowed to access this resource from the current IP address")
}
