// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const auditColumns = `a.id, a.at, a.type, a.project_id, a.identity_id, a.identity_name, a.token_id, a.client_secret_id,
	a.targets, a.request_id, a.address, a.user_agent, a.refusal, a.reason, a.attempts`

// InsertAuditEvent implements iam.Tx.
func (t *tx) InsertAuditEvent(ctx context.Context, e iam.AuditEvent) error {
	address := ""
	if e.Origin.From.IsValid() {
		address = e.Origin.From.String()
	}
	return t.insert(ctx, "audit event", `
		INSERT INTO audit_events (id, at, type, project_id, identity_id, identity_name, token_id, client_secret_id,
			targets, request_id, address, user_agent, refusal, reason, attempts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		e.ID, micros(e.At), e.Type, e.ProjectID, e.Actor.IdentityID, e.Actor.IdentityName, e.Actor.TokenID, e.Actor.ClientSecretID,
		textMap(e.Targets), e.Origin.RequestID, address, e.Origin.UserAgent, string(e.Refusal), e.Reason, e.Attempts)
}

// AuditEvents implements iam.Tx.
func (t *tx) AuditEvents(ctx context.Context, q iam.AuditQuery) ([]iam.AuditEvent, error) {
	var s search
	until := q.Until
	if until.IsZero() {
		until = time.UnixMicro(1 << 60)
	}
	text := `SELECT ` + auditColumns + ` FROM audit_events a WHERE a.at >= ` + s.arg(micros(q.Since)) + ` AND a.at <= ` + s.arg(micros(until))
	if q.ProjectID != "" {
		text += ` AND a.project_id = ` + s.arg(q.ProjectID)
	}
	if q.IdentityID != "" {
		text += ` AND a.identity_id = ` + s.arg(q.IdentityID)
	}
	if len(q.Types) > 0 {
		text += ` AND ` + s.in(`a.type`, q.Types)
	}
	text += ` ORDER BY a.at DESC, a.id DESC` + s.page(q.Limit, q.Offset)
	return queryAll(ctx, t, "audit events", scanAuditEvent, text, s.args...)
}

func scanAuditEvent(row scanner) (e iam.AuditEvent, err error) {
	var address string
	err = row.Scan(&e.ID, (*micros)(&e.At), &e.Type, &e.ProjectID,
		&e.Actor.IdentityID, &e.Actor.IdentityName, &e.Actor.TokenID, &e.Actor.ClientSecretID,
		(*textMap)(&e.Targets), &e.Origin.RequestID, &address, &e.Origin.UserAgent, &e.Refusal, &e.Reason, &e.Attempts)
	e.Origin.From, _ = netip.ParseAddr(address) // an empty one is the zero address
	return e, err
}

// DeleteAuditEvents implements iam.Tx.
func (t *tx) DeleteAuditEvents(ctx context.Context, before time.Time, most int) (int, error) {
	n, err := t.exec(ctx, deleting, "audit events", `
		DELETE FROM audit_events WHERE id IN (SELECT a.id FROM audit_events a WHERE a.at < $1 ORDER BY a.at LIMIT $2)`,
		micros(before), int64(most))
	return int(n), err
}

// DeleteRefusals implements iam.Tx.
func (t *tx) DeleteRefusals(ctx context.Context, most int) error {
	_, err := t.exec(ctx, deleting, "audit events", `
		DELETE FROM audit_events WHERE id IN
			(SELECT a.id FROM audit_events a WHERE a.refusal <> '' ORDER BY a.at DESC, a.id DESC LIMIT $1 OFFSET $2)`,
		int64(most), int64(most))
	return err
}
