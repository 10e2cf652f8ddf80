// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// projectPath is the input of a route with a project in its path: its ID or, on some routes, its slug.
type projectPath struct {
	Project id `path:"project" doc:"ID of the project, or its slug on the routes that take one."`
}

// onProject is the input of a route with a project in its path and a body.
type onProject[T any] struct {
	Project id `path:"project" doc:"ID of the project, or its slug on the routes that take one."`
	Body    T
}

// projectFamily is a set of routes with the same way to name a project and the same response.
type projectFamily[O any] struct {
	path    string
	where   func(project id) iam.ScopeRef
	respond func(api.Project) O
}

func inProject(p api.Project) api.ProjectResponse { return api.ProjectResponse{Project: p} }

func inWorkspace(p api.Project) api.WorkspaceResponse { return api.WorkspaceResponse{Workspace: p} }

func bare(p api.Project) api.Project { return p }

func (s *server) projectRoutes() []route {
	workspaces := projectFamily[api.WorkspaceResponse]{"/v1/workspace/{project}", byID, inWorkspace}
	slugs := projectFamily[api.Project]{"/v2/workspace/{project}", bySlug, bare}
	projects := projectFamily[api.ProjectResponse]{"/v1/projects/{project}", byID, inProject}
	bySlugs := projectFamily[api.Project]{"/v1/projects/slug/{project}", bySlug, bare}
	return []route{
		authenticated(s, post, "/v2/workspace", s.createProject),
		authenticated(s, post, "/v1/projects", s.createProject),
		authenticated(s, get, "/v1/projects", s.listProjects),
		authenticated(s, get, "/v2/organizations/{orgId}/workspaces", s.listWorkspaces),
		readProject(s, workspaces), readProject(s, slugs), readProject(s, projects), readProject(s, bySlugs),
		updateProject(s, workspaces), updateProject(s, slugs), updateProject(s, projects),
		deleteProject(s, workspaces), deleteProject(s, slugs), deleteProject(s, projects),
	}
}

func readProject[O any](s *server, f projectFamily[O]) route {
	return authenticated(s, get, f.path, func(ctx context.Context, a iam.Actor, in *projectPath) (O, error) {
		p, err := s.iam.Project(ctx, a, f.where(in.Project))
		return f.respond(project(p)), err
	})
}

func updateProject[O any](s *server, f projectFamily[O]) route {
	return authenticated(s, patch, f.path, func(ctx context.Context, a iam.Actor, in *onProject[api.UpdateProjectRequest]) (O, error) {
		b := in.Body
		p, err := s.iam.UpdateProject(ctx, a, f.where(in.Project), iam.ProjectInput{
			Name: b.Name, Slug: b.Slug, Description: b.Description, DeleteProtection: b.HasDeleteProtection,
			AutoCapitalization: b.AutoCapitalization, PITVersionLimit: b.PITVersionLimit, SecretSharing: b.SecretSharing,
			ShowSnapshotsLegacy: b.ShowSnapshotsLegacy, IgnoreValues: b.SecretDetectionIgnoreValues, EnforceEncryption: b.EnforceEncryptedMetadata,
			AuditLogsRetentionDays: b.AuditLogsRetentionDays,
		})
		return f.respond(changed(p)), err
	})
}

func deleteProject[O any](s *server, f projectFamily[O]) route {
	return authenticated(s, remove, f.path, func(ctx context.Context, a iam.Actor, in *projectPath) (O, error) {
		p, err := s.iam.DeleteProject(ctx, a, f.where(in.Project))
		return f.respond(changed(p)), err
	})
}

func (s *server) createProject(ctx context.Context, a iam.Actor, in *struct{ Body api.CreateProjectRequest }) (api.ProjectResponse, error) {
	b := in.Body
	made := iam.NewProject{ProjectInput: iam.ProjectInput{
		Name: &b.ProjectName, Slug: b.Slug, Description: b.ProjectDescription, DeleteProtection: b.HasDeleteProtection,
	}}
	if b.Type != nil {
		made.Type = *b.Type
	}
	if b.Template != nil {
		made.Template = *b.Template
	}
	made.WithoutEnvironments = b.ShouldCreateDefaultEnvs != nil && !*b.ShouldCreateDefaultEnvs
	p, err := s.iam.CreateProject(ctx, a, made)
	return inProject(project(p)), err
}

func (s *server) listProjects(ctx context.Context, a iam.Actor, in *struct {
	Type string `query:"type" enum:"secret-manager,cert-manager,kms,secret-scanning,pam,agent-vault,all" doc:"Default all."`
}) (api.ListProjectsResponse, error) {
	kind := in.Type
	if kind == "all" {
		kind = ""
	}
	found, err := s.iam.Projects(ctx, a, kind)
	out := make([]api.Project, len(found))
	for n, p := range found {
		out[n] = project(p)
	}
	return api.ListProjectsResponse{Projects: out}, err
}

func (s *server) listWorkspaces(ctx context.Context, a iam.Actor, in *struct {
	OrgID string `path:"orgId" doc:"ID of the organization."`
}) (api.ListWorkspacesResponse, error) {
	if err := a.CheckOrganization(in.OrgID); err != nil {
		return api.ListWorkspacesResponse{}, err
	}
	found, err := s.iam.Projects(ctx, a, "")
	out := make([]api.Workspace, len(found))
	for n, p := range found {
		out[n] = api.Workspace{ID: p.ID, Name: p.Name, Slug: p.Slug, Organization: p.OrganizationID, Environments: environments(p)}
	}
	return api.ListWorkspacesResponse{Workspaces: out}, err
}

// projectVersion is the version of encryption in responses.
const projectVersion = 3

func project(p iam.Project) api.Project {
	return api.Project{
		ID: p.ID, LegacyID: p.ID, Name: p.Name, Description: &p.Description, Type: p.Type, Slug: p.Slug,
		AutoCapitalization: p.Settings.AutoCapitalization, OrgID: p.OrganizationID,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, Version: projectVersion,
		AuditLogsRetentionDays: p.Settings.AuditLogsRetentionDays,
		PITVersionLimit:        p.Settings.PITVersionLimit, HasDeleteProtection: &p.DeleteProtection,
		SecretSharing: &p.Settings.SecretSharing, ShowSnapshotsLegacy: &p.Settings.ShowSnapshotsLegacy,
		SecretDetectionIgnoreValues: list(p.Settings.SecretDetectionIgnoreValues),
		EnforceEncryptedMetadata:    &p.Settings.EnforceEncryptedMetadata,
		Environments:                environments(p),
	}
}

// changed returns a project as updates and deletions send it: without its environments.
func changed(p iam.Project) api.Project {
	out := project(p)
	out.LegacyID, out.Environments = "", nil
	return out
}

func environments(p iam.Project) []api.ProjectEnvironment {
	out := make([]api.ProjectEnvironment, len(p.Environments))
	for n, e := range p.Environments {
		out[n] = api.ProjectEnvironment{ID: e.ID, Name: e.Name, Slug: e.Slug}
	}
	return out
}
