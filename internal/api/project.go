// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 6.

// SecretManager is the default type of a project.
const SecretManager = "secret-manager"

// CreateProjectRequest is the body of POST /v1/projects and /v2/workspace.
type CreateProjectRequest struct {
	ProjectName             string  `json:"projectName" minLength:"1"`
	ProjectDescription      *string `json:"projectDescription,omitempty"`
	Slug                    *string `json:"slug,omitempty" doc:"Unique in the organization; 5 to 64 characters. Default: the name and four random characters."`
	KMSKeyID                *string `json:"kmsKeyId,omitempty"`
	Template                *string `json:"template,omitempty" doc:"Default default, the only one."`
	Type                    *string `json:"type,omitempty" enum:"secret-manager,cert-manager,kms,secret-scanning,pam,agent-vault" doc:"Default secret-manager."`
	ShouldCreateDefaultEnvs *bool   `json:"shouldCreateDefaultEnvs,omitempty" doc:"Make dev, staging and prod. Default true."`
	HasDeleteProtection     *bool   `json:"hasDeleteProtection,omitempty" doc:"Reject deletion while true. Default false."`
}

// UpdateProjectRequest is the body of every change of a project. What is absent is kept.
type UpdateProjectRequest struct {
	Name                        *string   `json:"name,omitempty" minLength:"1"`
	Description                 *string   `json:"description,omitempty"`
	Slug                        *string   `json:"slug,omitempty" minLength:"1"`
	AutoCapitalization          *bool     `json:"autoCapitalization,omitempty"`
	HasDeleteProtection         *bool     `json:"hasDeleteProtection,omitempty"`
	PITVersionLimit             *int64    `json:"pitVersionLimit,omitempty" minimum:"1" maximum:"100"`
	AuditLogsRetentionDays      *int64    `json:"auditLogsRetentionDays,omitempty" minimum:"0" doc:"Days for which the server keeps the audit log of the project."`
	SecretSharing               *bool     `json:"secretSharing,omitempty"`
	ShowSnapshotsLegacy         *bool     `json:"showSnapshotsLegacy,omitempty"`
	SecretDetectionIgnoreValues *[]string `json:"secretDetectionIgnoreValues,omitempty"`
	EnforceEncryptedMetadata    *bool     `json:"enforceEncryptedSecretManagerSecretMetadata,omitempty"`
}

// ProjectResponse is the response of the routes of /v1/projects, and to creations.
type ProjectResponse struct {
	Project Project `json:"project"`
}

// WorkspaceResponse is the response of the routes of /v1/workspace.
type WorkspaceResponse struct {
	Workspace Project `json:"workspace"`
}

// ListProjectsResponse is the response to GET /v1/projects.
type ListProjectsResponse struct {
	Projects []Project `json:"projects"`
}

// ListWorkspacesResponse is the response to GET /v2/organizations/{orgId}/workspaces.
type ListWorkspacesResponse struct {
	Workspaces []Workspace `json:"workspaces"`
}

// Workspace is a project as old listings show it.
type Workspace struct {
	ID           string               `json:"id"`
	Name         string               `json:"name"`
	Slug         string               `json:"slug"`
	Organization string               `json:"organization"`
	Environments []ProjectEnvironment `json:"environments"`
}

// Project is a project. Fields that a server does not know are absent.
type Project struct {
	ID                          string               `json:"id"`
	LegacyID                    string               `json:"_id,omitempty"` // the same
	Name                        string               `json:"name"`
	Description                 *string              `json:"description,omitempty"`
	Type                        string               `json:"type,omitempty"`
	Slug                        string               `json:"slug"`
	AutoCapitalization          bool                 `json:"autoCapitalization"`
	OrgID                       string               `json:"orgId"`
	CreatedAt                   time.Time            `json:"createdAt"`
	UpdatedAt                   time.Time            `json:"updatedAt"`
	Version                     int                  `json:"version"`
	UpgradeStatus               *string              `json:"upgradeStatus"`
	PITVersionLimit             int64                `json:"pitVersionLimit"`
	KMSCertificateKeyID         *string              `json:"kmsCertificateKeyId"`
	AuditLogsRetentionDays      *int64               `json:"auditLogsRetentionDays"`
	HasDeleteProtection         *bool                `json:"hasDeleteProtection,omitempty"`
	SecretSharing               *bool                `json:"secretSharing,omitempty"`
	ShowSnapshotsLegacy         *bool                `json:"showSnapshotsLegacy,omitempty"`
	SecretDetectionIgnoreValues []string             `json:"secretDetectionIgnoreValues,omitzero"`
	EnforceEncryptedMetadata    *bool                `json:"enforceEncryptedSecretManagerSecretMetadata,omitempty"`
	Environments                []ProjectEnvironment `json:"environments,omitzero"` // absent after a change
}

// ProjectEnvironment is an environment inside its project.
type ProjectEnvironment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// CreateEnvironmentRequest is the body of creating an environment.
type CreateEnvironmentRequest struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Slug     string `json:"slug" minLength:"1" maxLength:"64"`
	Position *int64 `json:"position,omitempty" minimum:"1" maximum:"100000" doc:"From 1. Default: behind the others."`
}

// UpdateEnvironmentRequest is the body of changing an environment. What is absent does not change.
type UpdateEnvironmentRequest struct {
	Name     *string `json:"name,omitempty" minLength:"1"`
	Slug     *string `json:"slug,omitempty" minLength:"1"`
	Position *int64  `json:"position,omitempty" minimum:"1" maximum:"100000" doc:"From 1. Default: behind the others."`
}

// EnvironmentResponse is the response of reading an environment.
type EnvironmentResponse struct {
	Environment Environment `json:"environment"`
}

// EnvironmentChangeResponse is the response of changing an environment.
type EnvironmentChangeResponse struct {
	Message     string      `json:"message"`
	ProjectID   string      `json:"projectId"`
	Environment Environment `json:"environment"`
}

// WorkspaceEnvironmentChangeResponse is the response of changing an environment by a deprecated route.
type WorkspaceEnvironmentChangeResponse struct {
	Message     string      `json:"message"`
	Workspace   string      `json:"workspace" doc:"ID of the project."`
	Environment Environment `json:"environment"`
}

// Environment is an environment by itself.
type Environment struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Slug      string    `json:"slug"`
	Position  int64     `json:"position"`
	ProjectID string    `json:"projectId"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`

	DeleteAfter         *time.Time `json:"deleteAfter,omitempty" doc:"When a deleted environment can no longer be restored."`
	SoftDeletedAt       *time.Time `json:"softDeletedAt,omitempty"`
	DeletedByIdentityID string     `json:"deletedByIdentityId,omitempty"`
}
