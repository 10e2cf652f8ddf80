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

// Bounds of asking an issuer.
const (
	timeout       = 5 * time.Second // for the document and the keys together
	maxBody       = 1 << 20         // bytes of either
	maxHeader     = 64 << 10        // bytes
	mostRedirects = 3
)

var (
	errNoCertificate = errors.New("no certificate")
	errMalformed     = errors.New("malformed JWT")
	errDocument      = errors.New("a document lacks what must be in it, or has too much of it")
	errAddress       = errors.New("the address may not be asked")
	errTooLarge      = errors.New("the answer is too large")
	errRedirects     = errors.New("too many redirects")
)

// statusError is an answer that is not 200.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("status %d", e.status) }

// newClient asks public addresses over https, and those in the networks over http too. Every
// connection is judged by the address that it goes to, after the name was resolved, so that neither
// a name, nor a redirect, nor a URL in a document leads elsewhere. No proxy is used: it would be the
// proxy's address that is judged.
func newClient(networks []netip.Prefix, config *tls.Config) *http.Client {
	allowed := func(addr netip.Addr) bool { return within(networks, addr) }
	return &http.Client{
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > mostRedirects {
				return errRedirects
			}
			return nil
		},
		Transport: bounded{&http.Transport{
			DialContext: dialer(allowed).DialContext,
			DialTLSContext: (&tls.Dialer{Config: config, NetDialer: dialer(func(addr netip.Addr) bool {
				return public(addr) || allowed(addr)
			})}).DialContext,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
		}},
	}
}

// dialer connects to allowed addresses only.
func dialer(allowed func(netip.Addr) bool) *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err != nil || !allowed(to.Addr()) {
			return errAddress
		}
		return nil
	}}
}

// bounded reads answers whole, so that one that is too large, or none at all, is an error that can
// be told from others.
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

// problem says why an issuer could not be asked, without its URL, its address or what it said:
// whoever tries to log in reads it.
func problem(err error) string {
	var status *statusError
	var untrusted *tls.CertificateVerificationError
	var name *net.DNSError
	var connection *net.OpError
	switch {
	case errors.Is(err, errAddress):
		return "an address is not public or, over http, not among those that this server may ask (serve --oidc-allow-networks)"
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.Is(err, errTooLarge):
		return fmt.Sprintf("an answer has more than %d bytes", maxBody)
	case errors.Is(err, errRedirects):
		return fmt.Sprintf("there are more than %d redirects", mostRedirects)
	case errors.As(err, &status):
		return fmt.Sprintf("it answered with status %d", status.status)
	case errors.As(err, &untrusted):
		return "its certificate is not trusted. caCert says which authority to trust"
	case errors.As(err, &name):
		return "its name could not be resolved"
	case errors.As(err, &connection):
		return "it could not be reached"
	}
	return "what it answered is no discovery document, or no set of keys"
}

func within(networks []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// inner are the ranges of IPv4 that are not for everybody: of this host, of the local network, of
// documentation, of groups, and reserved. IANA keeps the list.
var inner = ranges(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// global is what of IPv6 is given out to everybody, and special what of that is not: tunnels, with
// an IPv4 address inside, and documentation. Neither holds a loopback, unique-local, link-local or
// group address.
var (
	global  = netip.MustParsePrefix("2000::/3")
	special = ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	// translated are addresses that a gateway (NAT64) takes to the IPv4 address in their last bytes.
	translated = netip.MustParsePrefix("64:ff9b::/96")
)

// public reports whether an address is one that anybody on the internet could ask.
func public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if translated.Contains(addr) {
		all := addr.As16()
		addr = netip.AddrFrom4([4]byte(all[12:]))
	}
	if addr.Is4() {
		return !within(inner, addr)
	}
	return addr.Zone() == "" && global.Contains(addr) && !within(special, addr)
}

func ranges(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for n, text := range texts {
		all[n] = netip.MustParsePrefix(text)
	}
	return all
}
