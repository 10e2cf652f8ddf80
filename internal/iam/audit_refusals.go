// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Refused attempts are what strangers can make as many of as they like. So they are gathered in
// memory, those alike as one with their number, and written together: in a crash the last seconds
// of them are lost, and a flood is neither many writes nor many rows.
const (
	refusalInterval  = 5 * time.Second // between two writes
	refusalsAtOnce   = 50              // different ones in a write; further ones are told by type alone
	maxRefusals      = 100_000         // kept; the oldest go
	refusalsDeadline = 10 * time.Second
)

// refusals gathers events until they are written.
type refusals struct {
	keep func(context.Context, []AuditEvent) error // writes them

	mu      sync.Mutex
	waiting map[refusalKey]*AuditEvent
	timer   *time.Timer // nil: nothing waits
	closed  bool
	fault   error // of the last write in the background
}

// refusalKey is what makes two refusals alike.
type refusalKey struct {
	what    string
	why     Kind
	who     string
	on      string
	from    string
	project string
}

func (r *refusals) add(e AuditEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	on := e.Targets["identityId"] + e.Targets["clientId"]
	key := refusalKey{e.Type, e.Refusal, e.Actor.IdentityID, on, e.Origin.From.String(), e.ProjectID}
	if len(r.waiting) >= refusalsAtOnce && r.waiting[key] == nil {
		key = refusalKey{what: e.Type, why: e.Refusal}
		e.Actor, e.Targets, e.Origin, e.ProjectID = AuditActor{}, nil, Origin{}, ""
		e.Reason = "Further attempts from elsewhere or by others, which are not notified one by one"
	}
	if first := r.waiting[key]; first != nil {
		first.Attempts++
		return
	}
	if r.waiting == nil {
		r.waiting = map[refusalKey]*AuditEvent{}
	}
	r.waiting[key] = &e
	if r.timer == nil && !r.closed {
		r.timer = time.AfterFunc(refusalInterval, func() {
			ctx, cancel := context.WithTimeout(context.Background(), refusalsDeadline)
			defer cancel()
			err := r.flush(ctx)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.fault = err
		})
	}
}

// flush writes what waits. What cannot be written is lost.
func (r *refusals) flush(ctx context.Context) error {
	r.mu.Lock()
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	waiting := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	if len(waiting) == 0 {
		return nil
	}
	events := make([]AuditEvent, 0, len(waiting))
	for _, e := range waiting {
		events = append(events, *e)
	}
	return r.keep(ctx, events)
}

// close writes what waits, and answers that, or that something could not be written before.
func (r *refusals) close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	err := r.flush(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.fault, err)
}

// keepRefusals writes refused attempts, and takes away the oldest where there are too many.
func (s *Service) keepRefusals(ctx context.Context, events []AuditEvent) error {
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

// KeepRefusals writes the refused attempts that wait to be written.
func (s *Service) KeepRefusals(ctx context.Context) error { return s.refusals.flush(ctx) }

// Close writes what is still to be written. The service is not used after it.
func (s *Service) Close(ctx context.Context) error { return s.refusals.close(ctx) }
