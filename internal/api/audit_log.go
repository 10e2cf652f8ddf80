// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// AuditLogsResponse is the response to GET /v1/organization/audit-logs.
type AuditLogsResponse struct {
	AuditLogs []AuditLog `json:"auditLogs"`
}

// AuditLog is a change or a login, successful or denied.
type AuditLog struct {
	ID        string        `json:"id"`
	CreatedAt time.Time     `json:"createdAt"`
	Event     AuditLogEvent `json:"event"`
	Actor     AuditLogActor `json:"actor"`
	IPAddress string        `json:"ipAddress"` // empty: unknown, or not from a request
	UserAgent string        `json:"userAgent"`
	ProjectID *string       `json:"projectId"` // null: in the organization
	ReqID     string        `json:"reqId"`
	Outcome   string        `json:"outcome" enum:"success,refused"`
	Reason    string        `json:"reason,omitempty" doc:"Why it was denied."`
	Attempts  int64         `json:"attempts" doc:"Number of equal attempts that were denied within seconds; this is the first."`
}

// AuditLogEvent is the type of an event with the IDs of the objects that it affected.
type AuditLogEvent struct {
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
}

// AuditLogActor is the caller.
type AuditLogActor struct {
	Type     string                `json:"type" enum:"identity,unknown"`
	Metadata AuditLogActorMetadata `json:"metadata"`
}

// AuditLogActorMetadata identifies the caller and its credentials.
type AuditLogActorMetadata struct {
	IdentityID     string `json:"identityId,omitempty"`
	Name           string `json:"name,omitempty"`
	TokenID        string `json:"tokenId,omitempty"`
	ClientSecretID string `json:"clientSecretId,omitempty" doc:"ID of the client secret of the login."`
}
