// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const defaultAuditLimit = 20

// auditQuery selects a part of the audit log.
type auditQuery struct {
	ProjectID string    `query:"projectId" doc:"Return only the events in this project, which requires the permission there. Default: all."`
	EventType string    `query:"eventType" maxLength:"1024" doc:"Event types, separated by commas. Default: all."`
	Actor     string    `query:"actor" maxLength:"36" doc:"ID of the identity that acted. Default: all."`
	StartDate time.Time `query:"startDate" doc:"Earliest time, RFC 3339. Default: none."`
	EndDate   time.Time `query:"endDate" doc:"Latest time, RFC 3339. Default: now."`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" doc:"Default 20."`
	Offset    int       `query:"offset" minimum:"0" maximum:"2147483647"`
}

func (q *auditQuery) Resolve(huma.Context) []error {
	if !q.EndDate.IsZero() && q.EndDate.Before(q.StartDate) {
		return []error{&huma.ErrorDetail{Location: "query.endDate", Message: "must not be before startDate"}}
	}
	return nil
}

func (s *server) listAuditLogs(ctx context.Context, a iam.Actor, in *auditQuery) (api.AuditLogsResponse, error) {
	q := iam.AuditQuery{
		ProjectID: in.ProjectID, IdentityID: strings.ToLower(in.Actor),
		Since: in.StartDate, Until: in.EndDate, Limit: in.Limit, Offset: in.Offset,
	}
	for kind := range strings.SplitSeq(in.EventType, ",") {
		if kind = strings.TrimSpace(kind); kind != "" {
			q.Types = append(q.Types, kind)
		}
	}
	if q.Limit == 0 {
		q.Limit = defaultAuditLimit
	}
	found, err := s.iam.AuditEvents(ctx, a, q)
	out := api.AuditLogsResponse{AuditLogs: make([]api.AuditLog, len(found))}
	for n, e := range found {
		out.AuditLogs[n] = AuditLog(e)
	}
	return out, err
}

// AuditLog returns an event as an API struct.
func AuditLog(e iam.AuditEvent) api.AuditLog {
	out := api.AuditLog{
		ID:        e.ID,
		CreatedAt: e.At,
		Event:     api.AuditLogEvent{Type: e.Type, Metadata: e.Targets},
		Actor: api.AuditLogActor{Type: "identity", Metadata: api.AuditLogActorMetadata{
			IdentityID: e.Actor.IdentityID, Name: e.Actor.IdentityName, TokenID: e.Actor.TokenID, ClientSecretID: e.Actor.ClientSecretID,
		}},
		UserAgent: e.Origin.UserAgent,
		ReqID:     e.Origin.RequestID,
		Outcome:   "success",
		Reason:    e.Reason,
		Attempts:  e.Attempts,
	}
	if e.Targets == nil {
		out.Event.Metadata = map[string]string{}
	}
	if e.Actor.IdentityID == "" {
		out.Actor.Type = "unknown"
	}
	if e.Origin.From.IsValid() {
		out.IPAddress = e.Origin.From.String()
	}
	if e.ProjectID != "" {
		out.ProjectID = &e.ProjectID
	}
	if e.Refusal != "" {
		out.Outcome = "refused"
	}
	return out
}
