// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// AuditLogsResponse answers GET /v1/organization/audit-logs.
type AuditLogsResponse struct {
	AuditLogs []AuditLog `json:"auditLogs"`
}

// AuditLog is a change or a login, done or refused.
type AuditLog struct {
	ID        string        `json:"id"`
	CreatedAt time.Time     `json:"createdAt"`
	Event     AuditLogEvent `json:"event"`
	Actor     AuditLogActor `json:"actor"`
	IPAddress string        `json:"ipAddress"` // empty: not by way of a request, or not told
	UserAgent string        `json:"userAgent"`
	ProjectID *string       `json:"projectId"` // null: in the organisation
	ReqID     string        `json:"reqId"`
	Outcome   string        `json:"outcome" enum:"success,refused"`
	Reason    string        `json:"reason,omitempty" doc:"Of what was refused."`
	Attempts  int64         `json:"attempts" doc:"That were refused alike within seconds; this is the first of them."`
}

// AuditLogEvent is what was done, and the ids of what it was done to.
type AuditLogEvent struct {
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
}

// AuditLogActor is who did it.
type AuditLogActor struct {
	Type     string                `json:"type" enum:"identity,unknown"`
	Metadata AuditLogActorMetadata `json:"metadata"`
}

// AuditLogActorMetadata is who did it, and by what.
type AuditLogActorMetadata struct {
	IdentityID     string `json:"identityId,omitempty"`
	Name           string `json:"name,omitempty"`
	TokenID        string `json:"tokenId,omitempty"`
	ClientSecretID string `json:"clientSecretId,omitempty" doc:"The id of the client secret that the token was given out for."`
}
