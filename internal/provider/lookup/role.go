// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package lookup

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// rolesKey identifies the roles of a project, or of the organization if the project is empty. A client
// belongs to one provider configuration in one run, so that what earlier runs planned has no effect.
type rolesKey struct {
	client  *client.Client
	project string
}

type roleKey struct {
	rolesKey
	slug string
}

var (
	plannedRoles sync.Map // has a roleKey for each role that a plan of this process has
	renamedRoles sync.Map // has a roleKey for each role that this process has given a new slug
	listedRoles  sync.Map // has the slugs of a rolesKey, listed once in a plan
)

// PlanRole records that a plan has a role of the project, or of the organization if the project is empty.
func PlanRole(c *client.Client, project, slug string) {
	plannedRoles.Store(roleKey{rolesKey{c, project}, slug}, true)
}

// RenameRole records that this process has given a role of the project a new slug.
func RenameRole(c *client.Client, project, slug string) {
	renamedRoles.Store(roleKey{rolesKey{c, project}, slug}, true)
}

// IsRenamedRole reports whether this process has given a role of the project that slug.
func IsRenamedRole(c *client.Client, project, slug string) bool {
	_, renamed := renamedRoles.Load(roleKey{rolesKey{c, project}, slug})
	return renamed
}

// WarnUnknownRole adds a warning about a role that neither the server has nor a plan of this process so far. It
// adds none if the roles cannot be listed.
func WarnUnknownRole(ctx context.Context, c *client.Client, project, slug string, at path.Path, diags *diag.Diagnostics) {
	if c == nil || !c.HasCredentials() {
		return
	}
	key := rolesKey{c, project}
	if _, planned := plannedRoles.Load(roleKey{key, slug}); planned {
		return
	}
	once, _ := listedRoles.LoadOrStore(key, sync.OnceValues(func() ([]string, error) { return roleSlugs(ctx, c, project) }))
	list, _ := once.(func() ([]string, error))
	if slugs, err := list(); err == nil && !slices.Contains(slugs, slug) {
		diags.AddAttributeWarning(at, "Role not found", fmt.Sprintf("There is no role %q in %s.%s The apply fails unless the role exists by then. If it is created in the same apply, refer to the slug of its resource.",
			slug, place(project), suggest.DidYouMean(slug, slugs)))
	}
}

// MissingRole returns an error about the first of the roles that does not exist, if that may be why a request
// failed with err; else nil.
func MissingRole(ctx context.Context, c *client.Client, project string, wanted []string, err error) error {
	if status := client.Status(err); status != http.StatusBadRequest && status != http.StatusNotFound {
		return nil
	}
	slugs, err := roleSlugs(ctx, c, project)
	for _, slug := range wanted {
		if err == nil && !slices.Contains(slugs, slug) {
			remedy := suggest.DidYouMean(slug, slugs) + " If the role is created in the same apply, refer to the slug of its resource."
			return &client.Error{Op: "assign the role", Message: fmt.Sprintf("there is no role %q in %s", slug, place(project)), Remedy: strings.TrimSpace(remedy)}
		}
	}
	return nil
}

func place(project string) string {
	if project == "" {
		return "the organization"
	}
	return "project " + project
}

func roleSlugs(ctx context.Context, c *client.Client, project string) ([]string, error) {
	var list []api.Role
	var err error
	if project == "" {
		list, err = c.OrganizationRoles(ctx)
	} else {
		list, err = c.ProjectRoles(ctx, project)
	}
	slugs := make([]string, len(list))
	for n, role := range list {
		slugs[n] = role.Slug
	}
	return slugs, err
}
