// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package lookup finds objects by an ID, or by a name that exactly one object has.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// IdentityID returns the ID of an identity of the organization, by its ID or its name.
func IdentityID(ctx context.Context, c *client.Client, idOrName string) (string, error) {
	if client.IsID(idOrName) {
		return idOrName, nil
	}
	return IdentityByName(ctx, c, idOrName)
}

// ProjectMember returns the IDs of a project, by its ID or slug, and of an identity in it, by its ID or name.
func ProjectMember(ctx context.Context, c *client.Client, idOrSlug, idOrName string) (project, identity string, err error) {
	if idOrName == "" {
		return "", "", errors.New("the ID or the name of the identity is empty")
	}
	found, err := c.Project(ctx, idOrSlug)
	if err != nil || client.IsID(idOrName) {
		return found.ID, idOrName, err
	}
	members, err := c.ProjectMembers(ctx, found.ID)
	if err != nil {
		return "", "", err
	}
	var candidates []Candidate
	for _, m := range members {
		if m.Identity.Name == idOrName {
			candidates = append(candidates, Candidate{ID: m.Identity.ID})
		}
	}
	identity, err = Only(candidates, fmt.Sprintf("identity with the name %q in the project", idOrName))
	return found.ID, identity, err
}

// Candidate is an object that a name may refer to, and how it differs from others.
type Candidate struct{ ID, Shown string }

// List returns the candidates as text.
func List(list []Candidate) string {
	if len(list) == 0 {
		return "none"
	}
	shown := make([]string, len(list))
	for n, one := range list {
		shown[n] = one.ID + one.Shown
	}
	return strings.Join(shown, ", ")
}

// Only returns the ID of the only candidate, or an error if there is none or more than one.
func Only(candidates []Candidate, what string) (string, error) {
	switch len(candidates) {
	case 0:
		return "", fmt.Errorf("there is no %s", what)
	case 1:
		return candidates[0].ID, nil
	}
	return "", fmt.Errorf("there is more than one %s; use one of these IDs: %s", what, List(candidates))
}

// IdentityByName returns the ID of the only identity with the name.
func IdentityByName(ctx context.Context, c *client.Client, name string) (string, error) {
	found, err := c.IdentitiesByName(ctx, name)
	candidates := make([]Candidate, len(found))
	for i, identity := range found {
		candidates[i] = Candidate{ID: identity.IdentityID}
	}
	if err != nil {
		return "", err
	}
	return Only(candidates, fmt.Sprintf("identity with the name %q in the organization", name))
}
