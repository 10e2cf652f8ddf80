// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package verify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Bounds of a fetch from an issuer.
const (
	timeout      = 5 * time.Second // for the discovery document and the keys together
	maxBody      = 1 << 20         // bytes of each
	maxHeader    = 64 << 10        // bytes
	maxRedirects = 3
)

var (
	errNoCertificate = errors.New("no certificate")
	errMalformed     = errors.New("malformed JWT")
	errDocument      = errors.New("incomplete or too large document")
	errAddress       = errors.New("address not allowed")
	errTooLarge      = errors.New("response too large")
	errRedirects     = errors.New("too many redirects")
)

// statusError is a response with another status than 200.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("status %d", e.status) }

// newClient returns a client that connects to public addresses over https, and to addresses in the
// networks over http and https. It checks the address of each connection after name resolution, so no
// name, redirect or URL in a document reaches another address. It uses no proxy, because then the check
// would see the proxy's address.
func newClient(networks []netip.Prefix, config *tls.Config) *http.Client {
	allowed := func(addr netip.Addr) bool { return contains(networks, addr) }
	return &http.Client{
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errRedirects
			}
			return nil
		},
		Transport: bounded{&http.Transport{
			DialContext: dialer(allowed).DialContext,
			DialTLSContext: (&tls.Dialer{Config: config, NetDialer: dialer(func(addr netip.Addr) bool {
				return isPublic(addr) || allowed(addr)
			})}).DialContext,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
		}},
	}
}

// dialer returns a dialer that connects to allowed addresses only.
func dialer(allowed func(netip.Addr) bool) *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err != nil || !allowed(to.Addr()) {
			return errAddress
		}
		return nil
	}}
}

// bounded reads response bodies up to maxBody, so that too large, incomplete and unsuccessful responses
// are distinct errors.
type bounded struct{ transport http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch redirect := resp.Header.Get("Location") != "" && resp.StatusCode/100 == 3; {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errTooLarge
	case resp.StatusCode != http.StatusOK && !redirect:
		return nil, &statusError{resp.StatusCode}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// problem describes why a fetch failed, without the URL, the address or the response, because anonymous
// callers of the login receive it.
func problem(err error) string {
	var status *statusError
	var untrusted *tls.CertificateVerificationError
	var name *net.DNSError
	var connection *net.OpError
	switch {
	case errors.Is(err, errAddress):
		return "an address is not public or, over http, not in serve --oidc-allow-networks"
	case errors.Is(err, context.DeadlineExceeded):
		return "no response in time"
	case errors.Is(err, errTooLarge):
		return fmt.Sprintf("a response has more than %d bytes", maxBody)
	case errors.Is(err, errRedirects):
		return fmt.Sprintf("more than %d redirects", maxRedirects)
	case errors.As(err, &status):
		return fmt.Sprintf("status %d", status.status)
	case errors.As(err, &untrusted):
		return "its certificate is not trusted. Set caCert to its certificate authority"
	case errors.As(err, &name):
		return "its name could not be resolved"
	case errors.As(err, &connection):
		return "it could not be reached"
	}
	return "the response is not a discovery document or key set"
}

// contains reports whether an address is in one of the networks.
func contains(networks []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// reservedIPv4 has the ranges that are not globally reachable: loopback, private, link-local, shared,
// documentation, multicast and reserved addresses.
// https://www.iana.org/assignments/iana-ipv4-special-registry
var reservedIPv4 = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// globalIPv6 is the range of global unicast addresses, without loopback, unique local, link-local and
// multicast addresses. reservedIPv6 has its ranges for tunnels, which contain an IPv4 address, and
// documentation.
var (
	globalIPv6   = netip.MustParsePrefix("2000::/3")
	reservedIPv6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	// nat64 has the addresses that a gateway translates to the IPv4 address in their last four bytes.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// isPublic reports whether an address is globally reachable.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	if addr.Is4() {
		return !contains(reservedIPv4, addr)
	}
	return addr.Zone() == "" && globalIPv6.Contains(addr) && !contains(reservedIPv6, addr)
}

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for n, text := range texts {
		all[n] = netip.MustParsePrefix(text)
	}
	return all
}
