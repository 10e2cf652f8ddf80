// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// IsTrustedIP accepts an IPv4 or IPv6 address, or a range of them in CIDR notation.
func IsTrustedIP() validator.String { return isTrustedIP{} }

type isTrustedIP struct{}

func (isTrustedIP) Description(context.Context) string {
	return "an IPv4 or IPv6 address, or a range of them in CIDR notation"
}

func (v isTrustedIP) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isTrustedIP) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := parseTrustedIP(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid trusted IP", err.Error()+".")
	}
}

// SameTrustedIP tells whether two texts mean the same addresses: 10.1.2.3/8 is 10.0.0.0/8, and
// 2001:DB8::1 is 2001:db8::1/128. A text that means no addresses is the same as none.
func SameTrustedIP(a, b string) bool {
	x, errX := parseTrustedIP(a)
	y, errY := parseTrustedIP(b)
	return errX == nil && errY == nil && x == y
}

// parseTrustedIP answers the range, without host bits; a single address is a range of one.
// The error says what is wrong and how to mend it.
func parseTrustedIP(text string) (netip.Prefix, error) {
	if err := oddTrustedIP(text); err != nil {
		return netip.Prefix{}, err
	}
	address, length, isRange := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, notAnAddress(text, address)
	}
	if addr.Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is an IPv4 address written as IPv6, which matches nobody; write it as IPv4, as in %q", text, addr.Unmap())
	}
	if !isRange {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q has %q after the slash; an %s range has a prefix length from 0 to %d there, such as %q",
			text, length, family(addr), addr.BitLen(), fmt.Sprintf("%s/%d", address, addr.BitLen()/2))
	}
	return prefix.Masked(), nil
}

// oddTrustedIP refuses what could be an address were it not for one thing.
func oddTrustedIP(text string) error {
	switch {
	case text == "":
		return errors.New(`a trusted IP must not be empty; write an address, a range such as "10.0.0.0/8", or "0.0.0.0/0" and "::/0" for everywhere`)
	case strings.ContainsAny(text, " \t\r\n"):
		return fmt.Errorf("%q has a space; write one address or range an element, without spaces", text)
	case strings.Contains(text, ","):
		return fmt.Errorf("%q has a comma; write one address or range an element", text)
	case strings.Contains(text, "%"):
		return fmt.Errorf("%q has a zone, which means something on one machine only; leave out what follows the %%", text)
	}
	return nil
}

// notAnAddress guesses what was meant.
func notAnAddress(text, address string) error {
	if _, err := netip.ParseAddrPort(address); err == nil {
		return fmt.Errorf("%q has a port or brackets; write the address alone", text)
	}
	if first, _, found := strings.Cut(address, "-"); found {
		if _, err := netip.ParseAddr(first); err == nil {
			return fmt.Errorf("%q is a range with a dash; write it in CIDR notation, such as \"10.0.0.0/8\"", text)
		}
	}
	return fmt.Errorf("%q is not an IPv4 or IPv6 address, nor a range such as \"10.0.0.0/8\" or \"2001:db8::/32\"", text)
}

func family(addr netip.Addr) string {
	if addr.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
