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
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// newTransport assembles the chain for the requests of one call, from the network outward. auth is
// nil for requests without Authorization.
func newTransport(config Config, network http.RoundTripper, auth *authenticator, a *attempt) http.RoundTripper {
	rt := network

	// Limit the time of a request and the size of its response; finish a write after an interrupt.
	rt = &boundedTransport{next: rt, attempt: a, timeout: config.Timeout}

	// Wait for rate limits.
	rt = &pacedTransport{next: rt, attempt: a, pacer: config.Pacer, maxWait: config.RateLimitMaxWait}

	// Retry failures where that is safe.
	rt = retryTransport(rt, a, config)

	// Add the access token; log in again, once, if the server rejects it.
	if auth != nil {
		rt = &authTransport{next: rt, auth: auth}
	}

	return rt
}

const (
	maxResponse     = 16 << 20 // bytes
	minBackoff      = 250 * time.Millisecond
	maxBackoff      = 5 * time.Second // unless the server requests more
	interruptGrace  = 5 * time.Second // that a write may take after an interrupt
	idleConnections = 16              // per host; Terraform's default parallelism is 10
)

var errTooLarge = fmt.Errorf("the response is larger than %d MiB", maxResponse>>20)

// baseTransport returns the configured transport, or one that uses the network.
func baseTransport(config Config) http.RoundTripper {
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

// sameServer follows redirects of reads on the same server only: no token and no body with a secret
// goes to another server, and a redirected write would become a read.
func sameServer(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 3 || first.Method != http.MethodGet || req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// boundedTransport limits a request in time and its response in size. A write that was sent may
// finish within interruptGrace after an interrupt, so that its result is not lost.
type boundedTransport struct {
	next    http.RoundTripper
	attempt *attempt
	timeout time.Duration
}

func (t *boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	ctx := req.Context()
	if !isReadOnly(req.Method, t.attempt.template) {
		var stop context.CancelFunc
		ctx, stop = withInterruptGrace(ctx)
		defer stop()
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	t.attempt.mayHaveRun = true
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		t.attempt.mayHaveRun = !isUnsent(err)
		return nil, err
	}
	if t.attempt.accept != nil && resp.StatusCode == http.StatusOK {
		if err := errors.Join(t.attempt.accept(resp.Header, resp.Body), resp.Body.Close()); err != nil {
			return nil, err
		}
		resp.Body = http.NoBody
		return resp, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if len(body) > maxResponse {
		return nil, errTooLarge
	}
	t.attempt.mayHaveRun = false
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// withInterruptGrace returns a context that ends interruptGrace after ctx does.
func withInterruptGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	extended, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(interruptGrace, cancel) })
	return extended, func() { stop(); cancel() }
}

// retryTransport retries failures where that is safe, for config.RetryMaxElapsed.
func retryTransport(next http.RoundTripper, a *attempt, config Config) http.RoundTripper {
	return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: next, CheckRedirect: noRedirect},
		RetryMax:     math.MaxInt, // limited by time instead
		RetryWaitMin: minBackoff,
		RetryWaitMax: maxBackoff,
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return a.shouldRetry(ctx, config.RetryMaxElapsed, resp, err), nil
		},
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		PrepareRetry: func(req *http.Request) error {
			tflog.Debug(req.Context(), "Retrying request", map[string]any{"method": req.Method, "path": req.URL.EscapedPath()})
			return nil
		},
	}}
}

// shouldRetry allows a retry of any request that a rate limit rejected, of idempotent requests after
// a connection or gateway failure, and of other requests if they were certainly not sent.
func (a *attempt) shouldRetry(ctx context.Context, maxElapsed time.Duration, resp *http.Response, err error) bool {
	if ctx.Err() != nil || errors.Is(err, errTooLarge) || isRateLimitError(err) {
		return false
	}
	if err == nil && isRateLimited(resp) {
		return true
	}
	if err != nil && !isTransient(ctx, err) || err == nil && !isGatewayFailure(resp.StatusCode) {
		return false
	}
	if !a.idempotent && !isUnsent(err) {
		return false
	}
	now := time.Now()
	if a.failingSince.IsZero() {
		a.failingSince = now
	}
	var wait time.Duration
	if err != nil {
		a.setWaitingFor("the server to respond (%s)", err)
	} else {
		a.setWaitingFor("the server to recover from status %d", resp.StatusCode)
		wait = requestedDelay(resp.StatusCode, resp.Header)
	}
	return now.Sub(a.failingSince)+wait < maxElapsed
}

func isGatewayFailure(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// isTransient is false for unknown hosts, untrusted certificates and failed TLS handshakes.
func isTransient(ctx context.Context, err error) bool {
	if isTLSFailure(err) {
		return false
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsNotFound {
		return false
	}
	transient, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	return transient
}

// isTLSFailure reports whether a TLS handshake failed, so that the server processed no request.
func isTLSFailure(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || ok && (failed.Op == "remote error" || failed.Op == "local error")
}

// isUnsent reports whether no connection was made, so that the request was not sent.
func isUnsent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return isTLSFailure(err) || ok && (failed.Op == "dial" || failed.Op == "proxyconnect")
}

// backoff returns the delay before a retry: what the server requests, or exponential with jitter.
// After a rate limit the pacer waits instead.
func backoff(shortest, longest time.Duration, retry int, resp *http.Response) time.Duration {
	switch {
	case resp != nil && isRateLimited(resp):
		return 0
	case resp != nil && requestedDelay(resp.StatusCode, resp.Header) > 0:
		return requestedDelay(resp.StatusCode, resp.Header) + withJitter(shortest)
	}
	return withJitter(min(shortest<<min(retry, 10), longest))
}

// withJitter spreads requests that failed together.
func withJitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// requestedDelay returns Retry-After of a 503, else 0.
func requestedDelay(status int, header http.Header) time.Duration {
	if status != http.StatusServiceUnavailable {
		return 0
	}
	wait, _ := headerSeconds(header, "Retry-After", time.Now())
	return wait
}
