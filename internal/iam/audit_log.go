// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// AuditQuery asks for a page of the audit log, the newest events first.
type AuditQuery struct {
	ProjectID  string   // empty: everywhere
	Types      []string // empty: all
	IdentityID string   // of the actor; empty: anybody
	Since      time.Time
	Until      time.Time // zero: no end
	Limit      int       // at least 1
	Offset     int
}

// AuditEvents lists a page of the audit log of the organisation or, with a project, of that project.
// A refused attempt is there some seconds later, see KeepRefusals.
func (s *Service) AuditEvents(ctx context.Context, a Actor, q AuditQuery) ([]AuditEvent, error) {
	need := permission.Permission{Action: permission.Read, Subject: "audit-logs"}
	return view(ctx, s, a, Where{ProjectID: q.ProjectID}.resolver(), require(need), func(sc scope) ([]AuditEvent, error) {
		return sc.tx.AuditEvents(ctx, q)
	})
}

// auditBatch is how many old events are taken away in one write.
const auditBatch = 1000

// ForgetAuditEvents takes away the events that are older, a thousand at a time.
func (s *Service) ForgetAuditEvents(ctx context.Context, age time.Duration) error {
	for {
		gone, err := write(ctx, s, func(tx Tx) (int, error) {
			return tx.DeleteAuditEvents(ctx, s.time().Add(-age), auditBatch)
		})
		if err != nil || gone < auditBatch {
			return err
		}
	}
}
