package client

import (
	"context"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 3, identities that live in one project.

const projectIdentitiesRoute = "/v1/projects/%s/identities"

// CreateProjectIdentity creates an identity that lives in the project.
func (c *Client) CreateProjectIdentity(ctx context.Context, projectID string, body api.CreateProjectIdentityRequest) (api.ProjectIdentity, error) {
	return c.projectIdentity(ctx, route("create the identity of the project", http.MethodPost, projectIdentitiesRoute, projectID).with(body))
}

// ProjectIdentity reads one, with its metadata.
func (c *Client) ProjectIdentity(ctx context.Context, projectID, id string) (api.ProjectIdentity, error) {
	return c.projectIdentity(ctx, route("read the identity of the project", http.MethodGet, projectIdentitiesRoute+"/%s", projectID, id))
}

// UpdateProjectIdentity changes what the body holds.
func (c *Client) UpdateProjectIdentity(ctx context.Context, projectID, id string, body api.UpdateProjectIdentityRequest) (api.ProjectIdentity, error) {
	return c.projectIdentity(ctx, route("change the identity of the project", http.MethodPatch, projectIdentitiesRoute+"/%s", projectID, id).with(body))
}

// DeleteProjectIdentity deletes one and ends the life of its tokens.
func (c *Client) DeleteProjectIdentity(ctx context.Context, projectID, id string) error {
	_, err := c.projectIdentity(ctx, route("delete the identity of the project", http.MethodDelete, projectIdentitiesRoute+"/%s", projectID, id))
	return err
}

func (c *Client) projectIdentity(ctx context.Context, r request) (api.ProjectIdentity, error) {
	answer, err := do[api.ProjectIdentityResponse](ctx, c, r, "identity.id", "identity.name")
	return answer.Identity, since(err, "identities of a project", "the end of 2025")
}
