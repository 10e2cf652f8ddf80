// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// What people call a thing that they import: its ID, or a name where exactly one thing has it.

// identityCalled is the ID of an identity of the organisation.
func identityCalled(ctx context.Context, c *client.Client, idOrName string) (string, error) {
	if client.IsID(idOrName) {
		return idOrName, nil
	}
	return onlyIdentity(ctx, c, idOrName)
}

// memberCalled are the IDs of a project, by its ID or its slug, and of an identity in it.
func memberCalled(ctx context.Context, c *client.Client, idOrSlug, idOrName string) (project, identity string, err error) {
	found, err := c.Project(ctx, idOrSlug)
	if err != nil || client.IsID(idOrName) {
		return found.ID, idOrName, err
	}
	members, err := c.ProjectMembers(ctx, found.ID)
	if err != nil {
		return "", "", err
	}
	var candidates []candidate
	for _, m := range members {
		if m.Identity.Name == idOrName {
			candidates = append(candidates, candidate{id: m.Identity.ID})
		}
	}
	identity, err = only(candidates, fmt.Sprintf("identity with the name %q in the project", idOrName))
	return found.ID, identity, err
}

// clientSecretCalled are the IDs of an identity and of its client secret, by its ID, its prefix or its
// description.
func clientSecretCalled(ctx context.Context, c *client.Client, idOrName, called string) (identity, id string, err error) {
	identity, err = identityCalled(ctx, c, idOrName)
	if err != nil || client.IsID(called) {
		return identity, called, err
	}
	list, err := c.ClientSecrets(ctx, identity)
	if err != nil {
		return "", "", err
	}
	var candidates []candidate
	for _, s := range list {
		if s.ClientSecretPrefix == called || s.Description == called {
			candidates = append(candidates, candidate{s.ID, " (" + shownSecret(s) + ")"})
		}
	}
	id, err = only(candidates, fmt.Sprintf("client secret of the identity with the prefix or the description %q", called))
	return identity, id, err
}

// privilegeCalled is the ID of an additional privilege: what is no ID is project, identity and slug,
// between slashes.
func privilegeCalled(ctx context.Context, c *client.Client, called string) (string, error) {
	if client.IsID(called) {
		return called, nil
	}
	first, last := strings.Index(called, "/"), strings.LastIndex(called, "/")
	if first == last {
		return "", fmt.Errorf("%q is neither the ID of a privilege nor <project>/<identity>/<slug>", called)
	}
	project, identity, err := memberCalled(ctx, c, called[:first], called[first+1:last])
	if err != nil {
		return "", err
	}
	list, err := c.Privileges(ctx, project, identity)
	if err != nil {
		return "", err
	}
	slug := called[last+1:]
	n := slices.IndexFunc(list, func(p api.Privilege) bool { return p.Slug == slug })
	if n < 0 {
		return "", fmt.Errorf("the identity has no privilege with the slug %q in the project", slug)
	}
	return list[n].ID, nil
}

// candidate is one of several things that may be meant, and what people know it by.
type candidate struct{ id, shown string }

func shownList(list []candidate) string {
	if len(list) == 0 {
		return "none"
	}
	shown := make([]string, len(list))
	for n, one := range list {
		shown[n] = one.id + one.shown
	}
	return strings.Join(shown, ", ")
}

// only is the ID where there is one candidate.
func only(candidates []candidate, what string) (string, error) {
	switch len(candidates) {
	case 0:
		return "", fmt.Errorf("there is no %s", what)
	case 1:
		return candidates[0].id, nil
	}
	return "", fmt.Errorf("there is more than one %s; name one of them by its ID: %s", what, shownList(candidates))
}
