// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// call is what the chain knows of a call beyond its request. Its requests go one after the other.
type call struct {
	template   string        // of the path: "/api/v1/identities/%s"
	repeatable bool          // sent twice it is as good as sent once
	waited     time.Duration // for limits, in all
	notBefore  time.Time     // when a limit that named no time lets it try again
	doubts     int           // refusals that named no time
	failing    time.Time     // since when it meets faults, without the waits for limits; zero is not at all

	lost    atomic.Bool            // the last request may have been processed, and nothing answered it
	waiting atomic.Pointer[string] // what for: "the server's limit of …"
}

func (c *call) waits(format string, args ...any) {
	c.waiting.Store(new(fmt.Sprintf(format, args...)))
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// repeatableRoute: changes send all that they change, and what is deleted or revoked twice is gone
// as well. What a POST creates would be there twice.
func repeatableRoute(method, template string) bool {
	return method != http.MethodPost || strings.HasSuffix(template, "/revoke")
}

// readsOnly is false for what a server may have done although nobody waits for its answer.
func readsOnly(method, template string) bool {
	return method == http.MethodGet || strings.HasSuffix(template, "/search")
}

// wait returns after the time, or as soon as answered is closed, or with the error of ctx.
func (c *call) wait(ctx context.Context, longest time.Duration, answered <-chan struct{}) error {
	start := time.Now()
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-answered:
	case <-ctx.Done():
		return ctx.Err()
	}
	waited := time.Since(start)
	c.waited += waited
	if !c.failing.IsZero() {
		c.failing = c.failing.Add(waited)
	}
	return nil
}
