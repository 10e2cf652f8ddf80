// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package lookup finds objects by what people call them: an ID, or a name that exactly one object has.
package lookup

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// IdentityID is the ID of an identity of the organisation.
func IdentityID(ctx context.Context, c *client.Client, idOrName string) (string, error) {
	if client.IsID(idOrName) {
		return idOrName, nil
	}
	return IdentityByName(ctx, c, idOrName)
}

// ProjectMember are the IDs of a project, by its ID or its slug, and of an identity in it.
func ProjectMember(ctx context.Context, c *client.Client, idOrSlug, idOrName string) (project, identity string, err error) {
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

// Candidate is one of several things that may be meant, and what people know it by.
type Candidate struct{ ID, Shown string }

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

// Only is the ID where there is one candidate.
func Only(candidates []Candidate, what string) (string, error) {
	switch len(candidates) {
	case 0:
		return "", fmt.Errorf("there is no %s", what)
	case 1:
		return candidates[0].ID, nil
	}
	return "", fmt.Errorf("there is more than one %s; name one of them by its ID: %s", what, List(candidates))
}

// IdentityByName is the ID of the one identity of a name.
func IdentityByName(ctx context.Context, c *client.Client, name string) (string, error) {
	found, err := c.IdentitiesByName(ctx, name)
	candidates := make([]Candidate, len(found))
	for i, identity := range found {
		candidates[i] = Candidate{ID: identity.IdentityID}
	}
	if err != nil {
		return "", err
	}
	return Only(candidates, fmt.Sprintf("identity with the name %q in the organisation", name))
}
