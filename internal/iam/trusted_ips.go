// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// TrustedIP is an address or a range, kept as it was written: host bits and spelling stay.
type TrustedIP struct {
	Address string // without the prefix length
	Bits    int    // prefix length; -1 for a single address
	net     netip.Prefix
}

// TrustedIPs are the places a credential may be used from.
type TrustedIPs []TrustedIP

// Everywhere is the default: every IPv4 and every IPv6 address.
func Everywhere() TrustedIPs {
	return TrustedIPs{
		{Address: "0.0.0.0", Bits: 0, net: netip.MustParsePrefix("0.0.0.0/0")},
		{Address: "::", Bits: 0, net: netip.MustParsePrefix("::/0")},
	}
}

// ParseTrustedIP reads an address or a range in CIDR notation. An IPv4 address written as IPv6
// is refused, as it would match nobody.
func ParseTrustedIP(text string) (TrustedIP, error) {
	text = strings.TrimSpace(text)
	written, bits, isRange := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(written)
	if err != nil || addr.Zone() != "" || addr.Is4In6() {
		return TrustedIP{}, fmt.Errorf("%q is not a valid IPv4 or IPv6 address or CIDR block", abbreviate(text))
	}
	if !isRange {
		return TrustedIP{Address: written, Bits: -1, net: netip.PrefixFrom(addr, addr.BitLen())}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return TrustedIP{}, fmt.Errorf("%q is not a valid CIDR block: /%s is not a prefix length from 0 to %d", abbreviate(text), abbreviate(bits), addr.BitLen())
	}
	return TrustedIP{Address: written, Bits: prefix.Bits(), net: prefix.Masked()}, nil
}

// String is the form that ParseTrustedIP reads.
func (t TrustedIP) String() string {
	if t.Bits < 0 {
		return t.Address
	}
	return t.Address + "/" + strconv.Itoa(t.Bits)
}

// Is4 tells an IPv4 address or range from an IPv6 one.
func (t TrustedIP) Is4() bool { return t.net.Addr().Is4() }

// restrict reports whether they leave anybody out.
func (ts TrustedIPs) restrict() bool {
	for _, all := range Everywhere() {
		if !slices.ContainsFunc(ts, func(t TrustedIP) bool { return t.net == all.net }) {
			return true
		}
	}
	return false
}

// Prohibits refuses an address that none of the entries holds. IPv4 callers match IPv4 entries
// only, and IPv6 callers IPv6 entries.
func (ts TrustedIPs) Prohibits(from netip.Addr) error {
	from = from.Unmap().WithZone("")
	for _, t := range ts {
		if t.net.Contains(from) {
			return nil
		}
	}
	return &Error{Kind: Forbidden, Sentence: "You are not allowed to access this resource from the current IP address"}
}
