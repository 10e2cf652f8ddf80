// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func newAuditEvent(at time.Time) iam.AuditEvent {
	return iam.AuditEvent{
		ID: newID(), At: kept(at), Type: "create-identity", ProjectID: newID(),
		Actor:   iam.AuditActor{IdentityID: newID(), IdentityName: "ci", TokenID: newID(), ClientSecretID: newID()},
		Targets: map[string]string{"identityId": newID()},
		Origin:  iam.Origin{RequestID: "req-1", From: netip.MustParseAddr("2001:db8::1"), UserAgent: "curl/8"}, Attempts: 1,
	}
}

func refusedEvent(at time.Time) iam.AuditEvent {
	e := newAuditEvent(at)
	e.Actor, e.ProjectID, e.Targets, e.Origin = iam.AuditActor{}, "", nil, iam.Origin{}
	e.Refusal, e.Reason, e.Attempts = iam.Unauthenticated, "Invalid credentials", 7
	return e
}

// testAudit checks that events are listed unchanged, newest first, by each filter.
func testAudit(t *testing.T, h *fixture) {
	first, second, third := newAuditEvent(noon), refusedEvent(noon.Add(time.Microsecond)), newAuditEvent(noon.Add(time.Hour))
	third.Type = "delete-identity"
	h.write(func(tx iam.Tx) error {
		for _, e := range []iam.AuditEvent{second, third, first} {
			if err := tx.InsertAuditEvent(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	for name, c := range map[string]struct {
		q    iam.AuditQuery
		want []iam.AuditEvent
	}{
		"all":      {iam.AuditQuery{Limit: 10}, []iam.AuditEvent{third, second, first}},
		"page":     {iam.AuditQuery{Limit: 1, Offset: 1}, []iam.AuditEvent{second}},
		"after":    {iam.AuditQuery{Limit: 10, Offset: 3}, []iam.AuditEvent{}},
		"since":    {iam.AuditQuery{Limit: 10, Since: second.At}, []iam.AuditEvent{third, second}},
		"until":    {iam.AuditQuery{Limit: 10, Until: second.At}, []iam.AuditEvent{second, first}},
		"type":     {iam.AuditQuery{Limit: 10, Types: []string{"delete-identity", "x"}}, []iam.AuditEvent{third}},
		"project":  {iam.AuditQuery{Limit: 10, ProjectID: first.ProjectID}, []iam.AuditEvent{first}},
		"identity": {iam.AuditQuery{Limit: 10, IdentityID: third.Actor.IdentityID}, []iam.AuditEvent{third}},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, h, c.want, func(tx iam.Tx) ([]iam.AuditEvent, error) { return tx.AuditEvents(t.Context(), c.q) })
		})
	}
}

// testAuditRetention checks that denied requests are deleted by number, and all events by age.
func testAuditRetention(t *testing.T, h *fixture) {
	var done, refused []iam.AuditEvent
	for n := range 5 {
		at := noon.Add(time.Duration(n) * time.Minute)
		done, refused = append(done, newAuditEvent(at)), append(refused, refusedEvent(at.Add(time.Second)))
	}
	deleted := 0
	h.write(func(tx iam.Tx) error {
		for _, e := range slices.Concat(done, refused) {
			if err := tx.InsertAuditEvent(t.Context(), e); err != nil {
				return err
			}
		}
		if err := tx.DeleteRefusals(t.Context(), 3); err != nil {
			return err
		}
		var err error
		deleted, err = tx.DeleteAuditEvents(t.Context(), done[3].At, 2)
		return err
	})
	if deleted != 2 {
		t.Errorf("%d were deleted, not the oldest two", deleted)
	}
	want := []iam.AuditEvent{refused[4], done[4], refused[3], done[3], refused[2], done[2]}
	same(t, h, want, func(tx iam.Tx) ([]iam.AuditEvent, error) {
		return tx.AuditEvents(t.Context(), iam.AuditQuery{Limit: 20})
	})
}
