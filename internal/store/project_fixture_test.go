// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

func (h *fixture) newProject(slug string) iam.Project {
	p := iam.Project{
		ID: newID(), OrganizationID: h.organization.ID, Name: "Web shop", Slug: slug, Description: "sells", Type: "secret-manager",
		DeleteProtection: true,
		Settings: iam.ProjectSettings{
			AutoCapitalization: true, PITVersionLimit: 10, SecretSharing: true, ShowSnapshotsLegacy: true,
			SecretDetectionIgnoreValues: []string{"b", "a"}, EnforceEncryptedMetadata: true,
		},
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
	p.Environments = []iam.Environment{newEnvironment(p.ID, "prod", 1), newEnvironment(p.ID, "dev", 2)}
	return p
}

func newEnvironment(projectID, slug string, position int64) iam.Environment {
	return iam.Environment{
		ID: newID(), ProjectID: projectID, Name: "Stage", Slug: slug, Position: position,
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

func projectRole(slug string) iam.Role {
	r, _ := iam.BuiltInProjectRole(slug)
	return r
}

func newGrant(r iam.Role) iam.RoleGrant {
	return iam.RoleGrant{ID: newID(), Role: r, CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second))}
}

var hour = iam.Window{Range: "1h", Start: kept(noon), End: kept(noon.Add(time.Hour))}

func passing(g iam.RoleGrant) iam.RoleGrant {
	g.Window = hour
	return g
}

func newMembership(projectID, identityID string, roles ...iam.RoleGrant) iam.ProjectMembership {
	return iam.ProjectMembership{
		ID: newID(), ProjectID: projectID, IdentityID: identityID, Roles: append([]iam.RoleGrant{}, roles...),
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

func newPrivilege(m iam.ProjectMembership, slug string) iam.Privilege {
	var rules permission.Rules
	err := json.Unmarshal([]byte(`[
		{"subject": "secrets", "action": ["edit"], "conditions": {"environment": {"$in": ["dev", "prod"]}, "secretPath": {"$glob": "/app/**"}}},
		{"subject": "secrets", "action": ["edit"], "inverted": true, "conditions": {"environment": "prod"}}
	]`), &rules)
	if err != nil {
		panic(err)
	}
	return iam.Privilege{
		ID: newID(), MembershipID: m.ID, ProjectID: m.ProjectID, IdentityID: m.IdentityID, Slug: slug,
		Permissions: rules, Window: hour,
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

// read returns a membership as it is read alone.
func read(m iam.ProjectMembership, p iam.Project, i iam.Identity) iam.ProjectMembership {
	m.Project, m.Identity = iam.ProjectName{Name: p.Name, Slug: p.Slug, Type: p.Type}, i
	m.Identity.LockedMethods = nil
	return m
}

// listed returns a membership as lists have it.
func listed(m iam.ProjectMembership, p iam.Project, i iam.Identity) iam.ProjectMembership {
	m = read(m, p, i)
	m.Identity.Metadata = nil
	return m
}

func (h *fixture) membershipIn(projectID, identityID string) func(iam.Tx) (iam.ProjectMembership, error) {
	return func(tx iam.Tx) (iam.ProjectMembership, error) {
		return tx.ProjectMembership(h.t.Context(), projectID, identityID)
	}
}

func (h *fixture) projectOf(id string) func(iam.Tx) (iam.Project, error) {
	return func(tx iam.Tx) (iam.Project, error) { return tx.Project(h.t.Context(), id) }
}

// gone fails unless each read returns an error of kind NotFound.
func gone(t *testing.T, h *fixture, finds map[string]func(iam.Tx) error) {
	t.Helper()
	for what, find := range finds {
		if err := h.store.Read(t.Context(), find); !iam.Is(err, iam.NotFound) {
			t.Errorf("%s: got %v, want an error of kind %s", what, err, iam.NotFound)
		}
	}
}
