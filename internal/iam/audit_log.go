// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// AuditQuery selects a page of the audit log, the newest events first.
type AuditQuery struct {
	ProjectID  string   // empty: the whole organization
	Types      []string // empty: all
	IdentityID string   // of the actor; empty: any
	Since      time.Time
	Until      time.Time // zero: no end
	Limit      int       // at least 1
	Offset     int
}

// AuditEvents returns a page of the audit log of the organization or, with a project, of that project.
// Denied attempts appear within seconds, see FlushRefusals.
func (s *Service) AuditEvents(ctx context.Context, a Actor, q AuditQuery) ([]AuditEvent, error) {
	need := permission.Permission{Action: permission.Read, Subject: "audit-logs"}
	return view(ctx, s, a, ScopeRef{ProjectID: q.ProjectID}.resolver(), require(need), func(sc scope) ([]AuditEvent, error) {
		return sc.tx.AuditEvents(ctx, q)
	})
}

// auditBatch is the number of events that are deleted in one write.
const auditBatch = 1000

// DeleteOldAuditEvents deletes the events that are older than age.
func (s *Service) DeleteOldAuditEvents(ctx context.Context, age time.Duration) error {
	for {
		deleted, err := write(ctx, s, func(tx Tx) (int, error) {
			return tx.DeleteAuditEvents(ctx, s.time().Add(-age), auditBatch)
		})
		if err != nil || deleted < auditBatch {
			return err
		}
	}
}
