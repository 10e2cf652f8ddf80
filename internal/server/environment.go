// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

type oneEnvironment struct {
	Project       id `path:"project"`
	EnvironmentID id `path:"environmentId"`
}

// projectEnvironmentRoutes returns the routes of environments of servers since the end of 2025.
func (s *server) projectEnvironmentRoutes() []route {
	const path = "/v1/projects/{project}/environments"
	change := func(message string, e iam.Environment) api.EnvironmentChangeResponse {
		return api.EnvironmentChangeResponse{Message: message, ProjectID: e.ProjectID, Environment: environment(e)}
	}
	return append(changeEnvironmentRoutes(s, path, change),
		authenticated(s, remove, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			Project       id     `path:"project"`
			EnvironmentID id     `path:"environmentId"`
			HardDelete    string `query:"hardDelete" enum:"true,false" doc:"Whether to delete it permanently. Otherwise it can be restored for 30 days."`
		}) (api.EnvironmentChangeResponse, error) {
			e, err := s.iam.DeleteEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID), in.HardDelete == "true")
			return change(environmentDeleted, e), err
		}),
		authenticated(s, post, path+"/{environmentId}/restore", func(ctx context.Context, a iam.Actor, in *oneEnvironment) (api.EnvironmentChangeResponse, error) {
			e, err := s.iam.RestoreEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID))
			return change("Successfully restored environment", e), err
		}),
		authenticated(s, get, path+"/slug/{slug}", func(ctx context.Context, a iam.Actor, in *struct {
			Project id `path:"project"`
			Slug    id `path:"slug"`
		}) (api.EnvironmentResponse, error) {
			e, err := s.iam.EnvironmentBySlug(ctx, a, byID(in.Project), string(in.Slug))
			return api.EnvironmentResponse{Environment: environment(e)}, err
		}))
}

// workspaceEnvironmentRoutes returns the deprecated routes of environments. Their deletions are permanent.
func (s *server) workspaceEnvironmentRoutes() []route {
	const path = "/v1/workspace/{project}/environments"
	change := func(message string, e iam.Environment) api.WorkspaceEnvironmentChangeResponse {
		return api.WorkspaceEnvironmentChangeResponse{Message: message, Workspace: e.ProjectID, Environment: environment(e)}
	}
	return append(changeEnvironmentRoutes(s, path, change),
		authenticated(s, remove, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *oneEnvironment) (api.WorkspaceEnvironmentChangeResponse, error) {
			e, err := s.iam.DeleteEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID), true)
			return change(environmentDeleted, e), err
		}),
		authenticated(s, get, "/v1/workspace/environments/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			EnvironmentID id `path:"environmentId"`
		}) (api.EnvironmentResponse, error) {
			e, err := s.iam.EnvironmentByID(ctx, a, string(in.EnvironmentID))
			return api.EnvironmentResponse{Environment: environment(e)}, err
		}))
}

const environmentDeleted = "Successfully deleted environment"

// changeEnvironmentRoutes returns the routes that create, read and update an environment. C is the response of
// a change.
func changeEnvironmentRoutes[C any](s *server, path string, change func(message string, e iam.Environment) C) []route {
	return []route{
		authenticated(s, post, path, func(ctx context.Context, a iam.Actor, in *onProject[api.CreateEnvironmentRequest]) (C, error) {
			input := iam.EnvironmentInput{Name: &in.Body.Name, Slug: &in.Body.Slug, Position: in.Body.Position}
			e, err := s.iam.CreateEnvironment(ctx, a, byID(in.Project), input)
			return change("Successfully created new environment", e), err
		}),
		authenticated(s, get, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *oneEnvironment) (api.EnvironmentResponse, error) {
			e, err := s.iam.Environment(ctx, a, byID(in.Project), string(in.EnvironmentID))
			return api.EnvironmentResponse{Environment: environment(e)}, err
		}),
		authenticated(s, patch, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			Project       id `path:"project"`
			EnvironmentID id `path:"environmentId"`
			Body          api.UpdateEnvironmentRequest
		}) (C, error) {
			e, err := s.iam.UpdateEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID), iam.EnvironmentInput(in.Body))
			return change("Successfully updated environment", e), err
		}),
	}
}

func environment(e iam.Environment) api.Environment {
	out := api.Environment{
		ID: e.ID, Name: e.Name, Slug: e.Slug, Position: e.Position, ProjectID: e.ProjectID,
		CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	if !e.DeletedAt.IsZero() {
		out.SoftDeletedAt, out.DeleteAfter, out.DeletedByIdentityID = new(e.DeletedAt), new(e.DeleteAfter()), e.DeletedBy
	}
	return out
}
