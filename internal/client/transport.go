package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// The chain, from the outside in: authenticator (auth.go), repeat, settle, and what Config.Transport
// is or else the network.

const (
	maxAnswer    = 16 << 20 // bytes
	maxRepeats   = 4        // of one request
	firstWait    = 250 * time.Millisecond
	longestWait  = 5 * time.Second  // between repetitions, where the server asks for none
	longestAsked = 65 * time.Second // where it does: its windows are a minute long
	settleTime   = 5 * time.Second  // that a write already sent may still take after an interrupt
)

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)

type idempotentKey struct{}

// markIdempotent notes for the chain whether a request may be sent twice.
func markIdempotent(ctx context.Context, idempotent bool) context.Context {
	return context.WithValue(ctx, idempotentKey{}, idempotent)
}

func isIdempotent(ctx context.Context) bool {
	idempotent, _ := ctx.Value(idempotentKey{}).(bool)
	return idempotent
}

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
func repeat(next http.RoundTripper) http.RoundTripper {
	return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: next, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		RetryMax:     maxRepeats,
		RetryWaitMin: firstWait,
		RetryWaitMax: longestWait,
		CheckRetry:   mayRepeat,
		Backoff:      pause,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		PrepareRetry: func(req *http.Request) error {
			tflog.Debug(req.Context(), "Sending again", map[string]any{"method": req.Method, "path": req.URL.EscapedPath()})
			return nil
		},
	}}
}

// mayRepeat allows what is idempotent to be repeated after a broken connection, a limit or a gateway's
// failure; the rest only where it certainly was not processed.
func mayRepeat(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil || errors.Is(err, errTooLarge) {
		return false, nil
	}
	if err != nil {
		if !isIdempotent(ctx) && !neverSent(err) {
			return false, nil
		}
		return retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return isIdempotent(ctx) || resp.Header.Get("Retry-After") != "", nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return isIdempotent(ctx), nil
	}
	return false, nil
}

func neverSent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// pause is the time before a repetition: what the server asks for, else twice as long each time.
// Chance spreads those that were refused together.
func pause(first, longest time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := retryablehttp.DefaultBackoff(first, longest, attempt, resp)
	if resp != nil && resp.Header.Get("Retry-After") != "" {
		wait = min(wait, longestAsked)
		return wait + rand.N(wait/10+firstWait)
	}
	return wait/2 + rand.N(wait/2+1)
}

// settle bounds a request in time and its answer in size, and lets a write that was sent come to
// its end after an interrupt, so that its result is not lost.
func settle(config Config) http.RoundTripper {
	s := settler{next: config.Transport, timeout: config.Timeout}
	if s.next == nil {
		s.next = cleanhttp.DefaultPooledTransport()
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	return s
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
	if !isIdempotent(ctx) {
		cancel()
		ctx, cancel = context.WithTimeout(context.WithoutCancel(req.Context()), s.timeout)
		stop := context.AfterFunc(req.Context(), func() { time.AfterFunc(settleTime, cancel) })
		defer stop()
	}
	defer cancel()
	resp, err := s.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
