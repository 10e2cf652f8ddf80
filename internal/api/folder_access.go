// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 6 of the appendix on newer servers.

// Folder refers to a folder in requests. It is the body of
// DELETE /v1/projects/{projectId}/memberships/identities/{identityId}/secret-folder-access.
type Folder struct {
	EnvironmentSlug string `json:"environmentSlug" minLength:"1" maxLength:"64" doc:"Slug of the environment."`
	SecretPath      string `json:"secretPath" minLength:"1" maxLength:"1024" doc:"Path of the folder, such as /app. This server stores no folders, so it accepts any well-formed path."`
}

// CreateFolderAccessRequest is the body of the POST.
type CreateFolderAccessRequest struct {
	Folder
	Permission string         `json:"permission" enum:"list,read,edit,manage,full-access" doc:"Level of access; each includes those before it."`
	Type       *PrivilegeType `json:"type,omitempty" doc:"Default: permanent. Full access is never temporary."`
}

// UpdateFolderAccessRequest is the body of the PATCH. An absent field is kept.
type UpdateFolderAccessRequest struct {
	Folder
	Permission *string        `json:"permission,omitempty" enum:"list,read,edit,manage,full-access"`
	Type       *PrivilegeType `json:"type,omitempty"`
}

// FolderAccessResponse is the response of the POST, the PATCH and the DELETE.
type FolderAccessResponse struct {
	FolderAccess FolderAccess `json:"folderAccess"`
}

// ListFolderAccessResponse is the response of the GET: all folders of an identity in a project, by path.
type ListFolderAccessResponse struct {
	FolderAccess []FolderAccess `json:"folderAccess"`
}

// FolderAccess is the access of an identity to one folder.
type FolderAccess struct {
	ID                       string     `json:"id"`
	ProjectID                string     `json:"projectId"`
	FolderID                 string     `json:"folderId,omitempty" doc:"Absent: this server stores no folders."`
	IdentityID               string     `json:"identityId,omitempty"`
	Permission               string     `json:"permission"`
	Environment              string     `json:"environment"`
	SecretPath               string     `json:"secretPath"`
	IsTemporary              bool       `json:"isTemporary"`
	TemporaryMode            *string    `json:"temporaryMode"`
	TemporaryRange           *string    `json:"temporaryRange"`
	TemporaryAccessStartTime *time.Time `json:"temporaryAccessStartTime"`
	TemporaryAccessEndTime   *time.Time `json:"temporaryAccessEndTime"`
	CreatedAt                time.Time  `json:"createdAt"`
	UpdatedAt                time.Time  `json:"updatedAt"`
}

// FolderRosterResponse is the response of
// GET /v1/projects/{projectId}/memberships/secret-folder-access/identities: the members of a project,
// with the access of each to one folder.
type FolderRosterResponse struct {
	Identities              []FolderMember `json:"identities" doc:"Those with access to the folder or with a role."`
	IdentitiesWithoutAccess []FolderMember `json:"identitiesWithoutAccess" doc:"Those without access to the folder whose only role is no-access."`
	TotalCount              int            `json:"totalCount" doc:"Number of identities on all pages."`
}

// FolderMember is a member of a project in a roster.
type FolderMember struct {
	IdentityID string `json:"identityId"`
	Name       string `json:"name"`
	Membership struct {
		ID             string       `json:"id"`
		IsProjectAdmin bool         `json:"isProjectAdmin"`
		Roles          []FolderRole `json:"roles"`
	} `json:"membership"`
	FolderRBACAccess *FolderAccess `json:"folderRBACAccess"`
}

// FolderRole is a role of a member in a roster.
type FolderRole struct {
	ID   *string `json:"id"`
	Slug string  `json:"slug"`
	Name string  `json:"name"`
}
