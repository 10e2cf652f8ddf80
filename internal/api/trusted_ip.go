// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Contract: section 16.

// TrustedIP is an IPv4 or IPv6 address, or a range of them in CIDR notation. It keeps the text that
// it was parsed from: host bits (10.1.2.3/8) and spelling (2001:DB8::1) are sent and read back as they
// are. The zero value contains no address.
type TrustedIP struct {
	text   string
	prefix netip.Prefix // with host bits; of a single address, all of its bits; invalid for an invalid text
}

// maxTrustedIP bounds the text of a trusted IP, in bytes: the longest IPv6 address with a prefix length.
const maxTrustedIP = 50

// ParseTrustedIP parses an address or a range. The error quotes the text, unless it is too long for
// one, and explains what to write instead.
func ParseTrustedIP(text string) (TrustedIP, error) {
	if err := checkTrustedIP(text); err != nil {
		return TrustedIP{}, err
	}
	address, length, isRange := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return TrustedIP{}, notAnAddress(text, address)
	}
	if addr.Is4In6() {
		return TrustedIP{}, fmt.Errorf("%q is an IPv4 address written as IPv6, which no client matches; write it as IPv4, as in %q", text, addr.Unmap())
	}
	if !isRange {
		return TrustedIP{text, netip.PrefixFrom(addr, addr.BitLen())}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		family := "IPv6"
		if addr.Is4() {
			family = "IPv4"
		}
		return TrustedIP{}, fmt.Errorf("%q has %q after the slash; an %s range has a prefix length from 0 to %d there, such as %q",
			text, length, family, addr.BitLen(), fmt.Sprintf("%s/%d", address, addr.BitLen()/2))
	}
	return TrustedIP{text, prefix}, nil
}

// MustParseTrustedIP is ParseTrustedIP for constants: it panics on an invalid text.
func MustParseTrustedIP(text string) TrustedIP {
	ip, err := ParseTrustedIP(text)
	if err != nil {
		panic(err)
	}
	return ip
}

// AllTrustedIPs returns the default of every list of trusted IPs: all addresses.
func AllTrustedIPs() []TrustedIP {
	return []TrustedIP{MustParseTrustedIP("0.0.0.0/0"), MustParseTrustedIP("::/0")}
}

// checkTrustedIP rejects what would be an address without one character, and what is too long for one.
func checkTrustedIP(text string) error {
	switch {
	case text == "":
		return errors.New(`a trusted IP must not be empty; write an address, a range such as "10.0.0.0/8", or "0.0.0.0/0" and "::/0" for all addresses`)
	case len(text) > maxTrustedIP:
		return fmt.Errorf("%q… has %d characters, more than an address or a range can have", text[:4], len(text))
	case strings.ContainsAny(text, " \t\r\n"):
		return fmt.Errorf("%q has a space; write one address or range in each element, without spaces", text)
	case strings.Contains(text, ","):
		return fmt.Errorf("%q has a comma; write one address or range in each element", text)
	case strings.Contains(text, "%"):
		return fmt.Errorf("%q has a zone, which is valid on one machine only; remove the %% and what follows it", text)
	}
	return nil
}

// notAnAddress explains a text that does not parse, with a guess at what was meant.
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

// String returns the text that the trusted IP was parsed from.
func (t TrustedIP) String() string { return t.text }

// Prefix returns the range without host bits; a single address is a range of one. It is invalid where
// a server sent what is no address.
func (t TrustedIP) Prefix() netip.Prefix { return t.prefix.Masked() }

// Contains reports whether the address is in the range. IPv4 addresses are in IPv4 ranges only, and
// IPv6 addresses in IPv6 ranges only.
func (t TrustedIP) Contains(a netip.Addr) bool { return t.prefix.Contains(a.Unmap().WithZone("")) }

// SameAddresses reports whether two trusted IPs contain the same addresses: 10.1.2.3/8 and 10.0.0.0/8
// do, and 2001:DB8::1 and 2001:db8::1/128. Invalid ones contain none and are never the same.
func (t TrustedIP) SameAddresses(other TrustedIP) bool {
	return t.prefix.IsValid() && t.Prefix() == other.Prefix()
}

// TrustedIPResponse is a trusted IP as servers return it: 10.0.0.0/8 is the address 10.0.0.0 and the
// prefix length 8.
type TrustedIPResponse struct {
	IPAddress string `json:"ipAddress"`
	Type      string `json:"type"`             // ipv4 or ipv6
	Prefix    *int   `json:"prefix,omitempty"` // absent for a single address
}

// MarshalJSON returns the form of a response.
func (t TrustedIP) MarshalJSON() ([]byte, error) {
	address, _, isRange := strings.Cut(t.text, "/")
	out := TrustedIPResponse{IPAddress: address, Type: "ipv6"}
	if t.prefix.Addr().Is4() {
		out.Type = "ipv4"
	}
	if isRange {
		bits := t.prefix.Bits()
		out.Prefix = &bits
	}
	return json.Marshal(out)
}

// UnmarshalJSON parses the form of a response. What is no address is no error: it keeps its text and
// contains no address.
func (t *TrustedIP) UnmarshalJSON(data []byte) error {
	var in TrustedIPResponse
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	text := in.IPAddress
	if in.Prefix != nil {
		text += "/" + strconv.Itoa(*in.Prefix)
	}
	parsed, err := ParseTrustedIP(text)
	if err != nil {
		parsed = TrustedIP{text: text}
	}
	*t = parsed
	return nil
}

// TrustedIPRequest is a trusted IP as it is sent, in one text with its prefix length. Servers ignore
// the other fields of the form in which they return it.
type TrustedIPRequest struct {
	IPAddress string `json:"ipAddress" doc:"An IPv4 or IPv6 address, or a range of them in CIDR notation."`
}

// TrustedIPRequests returns the trusted IPs as they are sent.
func TrustedIPRequests(ips []TrustedIP) *[]TrustedIPRequest {
	list := make([]TrustedIPRequest, len(ips))
	for i, ip := range ips {
		list[i].IPAddress = ip.text
	}
	return &list
}
