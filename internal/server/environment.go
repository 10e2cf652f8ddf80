// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// environmentRoutes returns the routes of environments below prefix/{project}/environments.
func (s *server) environmentRoutes(prefix string) []route {
	path := prefix + "/{project}/environments"
	type one struct {
		Project       id `path:"project"`
		EnvironmentID id `path:"environmentId"`
	}
	respond := func(message string) func(iam.Environment, error) (api.EnvironmentResponse, error) {
		return func(e iam.Environment, err error) (api.EnvironmentResponse, error) {
			out := api.EnvironmentResponse{Message: message, Environment: environment(e)}
			switch {
			case message == "":
			case prefix == "/v1/workspace":
				out.Workspace = e.ProjectID
			default:
				out.ProjectID = e.ProjectID
			}
			return out, err
		}
	}
	routes := []route{
		authenticated(s, post, path, func(ctx context.Context, a iam.Actor, in *onProject[api.CreateEnvironmentRequest]) (api.EnvironmentResponse, error) {
			input := iam.EnvironmentInput{Name: &in.Body.Name, Slug: &in.Body.Slug, Position: in.Body.Position}
			return respond("Successfully created new environment")(s.iam.CreateEnvironment(ctx, a, byID(in.Project), input))
		}),
		authenticated(s, get, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *one) (api.EnvironmentResponse, error) {
			return respond("")(s.iam.Environment(ctx, a, byID(in.Project), string(in.EnvironmentID)))
		}),
		authenticated(s, patch, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			Project       id `path:"project"`
			EnvironmentID id `path:"environmentId"`
			Body          api.UpdateEnvironmentRequest
		}) (api.EnvironmentResponse, error) {
			return respond("Successfully updated environment")(
				s.iam.UpdateEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID), iam.EnvironmentInput(in.Body)))
		}),
		authenticated(s, remove, path+"/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			Project       id     `path:"project"`
			EnvironmentID id     `path:"environmentId"`
			HardDelete    string `query:"hardDelete" enum:"true,false" doc:"Whether to delete it permanently. Otherwise it can be restored for 30 days."`
		}) (api.EnvironmentResponse, error) {
			permanently := in.HardDelete == "true" || prefix == "/v1/workspace"
			return respond("Successfully deleted environment")(s.iam.DeleteEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID), permanently))
		}),
	}
	if prefix == "/v1/workspace" {
		return append(routes, authenticated(s, get, "/v1/workspace/environments/{environmentId}", func(ctx context.Context, a iam.Actor, in *struct {
			EnvironmentID id `path:"environmentId"`
		}) (api.EnvironmentResponse, error) {
			return respond("")(s.iam.EnvironmentByID(ctx, a, string(in.EnvironmentID)))
		}))
	}
	routes = append(routes, authenticated(s, post, path+"/{environmentId}/restore", func(ctx context.Context, a iam.Actor, in *one) (api.EnvironmentResponse, error) {
		return respond("Successfully restored environment")(s.iam.RestoreEnvironment(ctx, a, byID(in.Project), string(in.EnvironmentID)))
	}))
	return append(routes, authenticated(s, get, path+"/slug/{slug}", func(ctx context.Context, a iam.Actor, in *struct {
		Project id `path:"project"`
		Slug    id `path:"slug"`
	}) (api.EnvironmentResponse, error) {
		return respond("")(s.iam.EnvironmentBySlug(ctx, a, byID(in.Project), string(in.Slug)))
	}))
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
