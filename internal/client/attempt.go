// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// attempt is the state of one call while it passes through the transport chain, retries included.
// The requests of a call follow one another, so only waitingFor is read concurrently.
type attempt struct {
	template   string                                         // path template: "/api/v1/identities/%s"
	idempotent bool                                           // safe to send twice
	accept     func(header http.Header, body io.Reader) error // reads a successful response while it arrives; may be nil

	limitWait    time.Duration // total wait for rate limits
	notBefore    time.Time     // earliest retry after a rate limit response without a time
	vagueLimits  int           // rate limit responses without a time
	failingSince time.Time     // start of the current failures, moved forward by waits for rate limits; zero: none

	mayHaveRun bool                   // the server may have processed the last request, which got no response
	waitingFor atomic.Pointer[string] // reason for the current wait, for error messages
}

func (a *attempt) setWaitingFor(format string, args ...any) {
	a.waitingFor.Store(new(fmt.Sprintf(format, args...)))
}

// wait returns after maxWait, when changed is closed, or with the error of ctx.
func (a *attempt) wait(ctx context.Context, maxWait time.Duration, changed <-chan struct{}) error {
	start := time.Now()
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
		return ctx.Err()
	}
	waited := time.Since(start)
	a.limitWait += waited
	if !a.failingSince.IsZero() {
		a.failingSince = a.failingSince.Add(waited)
	}
	return nil
}

// isIdempotent reports whether a request is safe to send twice. Updates replace all that they name;
// deleting or revoking twice has the same result. A second POST would create a second object.
func isIdempotent(method, template string) bool {
	return method != http.MethodPost || strings.HasSuffix(template, "/revoke")
}

// isReadOnly reports whether a request changes nothing on the server.
func isReadOnly(method, template string) bool {
	return method == http.MethodGet || strings.HasSuffix(template, "/search")
}
