// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Anybody can cause any number of denied attempts. They are collected in memory, equal ones as one
// event with a count, and written together, so that a flood causes neither many writes nor many rows.
// A crash loses those of the last seconds.
const (
	refusalInterval     = 5 * time.Second // between two writes
	maxDistinctRefusals = 50              // of one actor in a write; further ones are counted by type and kind only
	maxRefusals         = 100_000         // in the store; the oldest are deleted
	refusalTimeout      = 10 * time.Second
)

// refusals collects events until they are written.
type refusals struct {
	write func(context.Context, []AuditEvent) error

	mu       sync.Mutex
	pending  map[refusalKey]*AuditEvent
	distinct map[string]int // pending events by the ID of the actor, so that none uses up the limit of another
	timer    *time.Timer    // nil: nothing is pending
	closed   bool
	err      error // of the last write by the timer
}

// refusalKey is equal for attempts that are recorded as one event.
type refusalKey struct {
	event   string
	kind    Kind
	actor   string
	target  string
	from    string
	project string
}

func (r *refusals) add(e AuditEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	target := e.Targets["identityId"] + e.Targets["clientId"]
	key := refusalKey{e.Type, e.Refusal, e.Actor.IdentityID, target, e.Origin.From.String(), e.ProjectID}
	if r.pending[key] == nil && r.distinct[key.actor] >= maxDistinctRefusals {
		key = refusalKey{event: e.Type, kind: e.Refusal, actor: key.actor}
		e.Targets, e.Origin, e.ProjectID = nil, Origin{}, ""
		e.Reason = "Further attempts on other objects or from other addresses, recorded as one event"
	}
	if first := r.pending[key]; first != nil {
		first.Attempts++
		return
	}
	if r.pending == nil {
		r.pending, r.distinct = map[refusalKey]*AuditEvent{}, map[string]int{}
	}
	r.pending[key] = &e
	r.distinct[key.actor]++
	if r.timer == nil && !r.closed {
		r.timer = time.AfterFunc(refusalInterval, func() {
			ctx, cancel := context.WithTimeout(context.Background(), refusalTimeout)
			defer cancel()
			err := r.flush(ctx)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.err = err
		})
	}
}

// flush writes the pending events. They are lost if the write fails.
func (r *refusals) flush(ctx context.Context) error {
	r.mu.Lock()
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	pending := r.pending
	r.pending, r.distinct = nil, nil
	r.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	events := make([]AuditEvent, 0, len(pending))
	for _, e := range pending {
		events = append(events, *e)
	}
	return r.write(ctx, events)
}

// close writes the pending events, and returns an error if this or the last write by the timer failed.
func (r *refusals) close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	err := r.flush(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, err)
}

// writeRefusals stores denied attempts, and deletes the oldest beyond maxRefusals.
func (s *Service) writeRefusals(ctx context.Context, events []AuditEvent) error {
	err := s.store.Write(ctx, func(tx Tx) error {
		for _, e := range events {
			if err := tx.InsertAuditEvent(ctx, e); err != nil {
				return err
			}
		}
		return tx.DeleteRefusals(ctx, maxRefusals)
	})
	if err != nil {
		return err
	}
	for _, e := range events {
		s.notify(e)
	}
	return nil
}

// FlushRefusals stores the denied attempts that are pending.
func (s *Service) FlushRefusals(ctx context.Context) error { return s.refusals.flush(ctx) }

// Close stores the denied attempts that are pending. The service must not be used afterwards.
func (s *Service) Close(ctx context.Context) error { return s.refusals.close(ctx) }
