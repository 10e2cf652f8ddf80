// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// layer is a link of the chain through which requests go.
type layer func(next http.RoundTripper) http.RoundTripper

// chain is what a request goes through, from the outside in. What is sent as somebody goes through
// the authenticator before.
func chain(config Config) http.RoundTripper {
	rt := network(config)
	for _, link := range slices.Backward([]layer{
		repeat(config), // sends again what failed, where that is safe
		pace(config),   // waits for the server's limits
		settle(config), // bounds a request in time and its answer in size
	}) {
		rt = link(rt)
	}
	return rt
}

const (
	maxAnswer   = 16 << 20 // bytes
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second // between repetitions, where the server asks for none
	settleTime  = 5 * time.Second // that a write already sent may still take after an interrupt

	idleConnections = 16 // kept: Terraform's parallelism is 10
)

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)

// stay follows redirects of reads on the same server only: elsewhere neither a token nor a body
// with a secret may go, and a redirected write would turn into a read.
func stay(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 3 || first.Method != http.MethodGet || req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// repeat sends again what failed, where that is safe.
func repeat(config Config) layer {
	return func(next http.RoundTripper) http.RoundTripper {
		return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
			HTTPClient:   &http.Client{Transport: next, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
			RetryMax:     math.MaxInt, // time is the bound
			RetryWaitMin: firstWait,
			RetryWaitMax: longestWait,
			CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
				return mayRepeat(ctx, config, resp, err), nil
			},
			Backoff:      pause,
			ErrorHandler: retryablehttp.PassthroughErrorHandler,
			PrepareRetry: func(req *http.Request) error {
				tflog.Debug(req.Context(), "Sending again", map[string]any{"method": req.Method, "path": req.URL.EscapedPath()})
				return nil
			},
		}}
	}
}

// mayRepeat allows everything that a limit turned away to be sent again, what is repeatable after a
// broken connection or a gateway's failure, and the rest where it certainly was not sent.
func mayRepeat(ctx context.Context, config Config, resp *http.Response, err error) bool {
	c := callOf(ctx)
	if ctx.Err() != nil || errors.Is(err, errTooLarge) || isLimit(err) {
		return false
	}
	if err == nil && refusedByLimit(resp) {
		return true
	}
	if err != nil && !mayMend(ctx, err) || err == nil && !isGatewayFailure(resp.StatusCode) {
		return false
	}
	if !c.repeatable && !neverSent(err) {
		return false
	}
	now := time.Now()
	if c.failing.IsZero() {
		c.failing = now
	}
	if err != nil {
		c.waits("the server to answer again (%s)", err)
	} else {
		c.waits("the server to recover from status %d", resp.StatusCode)
	}
	return now.Sub(c.failing)+asked(resp) < config.RetryMaxElapsed
}

func isGatewayFailure(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// mayMend is false for hosts that do not exist, certificates that are not trusted, and what the two
// ends of TLS do not agree on.
func mayMend(ctx context.Context, err error) bool {
	if isTLS(err) {
		return false
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsNotFound {
		return false
	}
	mends, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	return mends
}

// isTLS tells whether the two ends of TLS did not agree, so that no request was processed.
func isTLS(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || ok && (failed.Op == "remote error" || failed.Op == "local error")
}

func neverSent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return isTLS(err) || ok && (failed.Op == "dial" || failed.Op == "proxyconnect")
}

// pause is the time before a repetition: what the server asks for, else about twice as long each
// time. The pacer waits for limits.
func pause(first, longest time.Duration, attempt int, resp *http.Response) time.Duration {
	switch {
	case resp != nil && refusedByLimit(resp):
		return 0
	case asked(resp) > 0:
		return asked(resp) + jittered(first)
	}
	return jittered(min(first<<min(attempt, 10), longest))
}

// jittered spreads those that were refused together.
func jittered(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// asked is how long a server that is down for a while asks to be left alone.
func asked(resp *http.Response) time.Duration {
	if resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	wait, _ := seconds(resp.Header, "Retry-After", time.Now())
	return wait
}

// network is what requests go through at last.
func network(config Config) http.RoundTripper {
	if config.Transport != nil {
		return config.Transport
	}
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConnsPerHost = idleConnections
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: config.RootCAs}
	if config.Certificate != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{*config.Certificate}
	}
	if config.Proxy != nil {
		transport.Proxy = http.ProxyURL(config.Proxy)
	}
	return transport
}

// settle bounds a request in time and its answer in size, and lets a write that was sent come to
// its end after an interrupt, so that its result is not lost.
func settle(config Config) layer {
	return func(next http.RoundTripper) http.RoundTripper { return settler{next: next, timeout: config.Timeout} }
}

type settler struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (s settler) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), s.timeout)
	if !readsOnly(req.Method, callOf(ctx).template) {
		cancel()
		ctx, cancel = context.WithTimeout(context.WithoutCancel(req.Context()), s.timeout)
		stop := context.AfterFunc(req.Context(), func() { time.AfterFunc(settleTime, cancel) })
		defer stop()
	}
	defer cancel()
	c := callOf(ctx)
	c.lost.Store(true)
	resp, err := s.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		c.lost.Store(!neverSent(err))
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	c.lost.Store(false)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
