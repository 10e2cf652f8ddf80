// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestProjectsOfNewAndOldServers(t *testing.T) {
	server := servertest.Start(t)
	for name, lacking := range map[string][]string{"new": nil, "old": {"/v1/projects"}} {
		var l log
		c, ctx := admin(t, server, without(&l, lacking...)), t.Context()
		made, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: name, Slug: new(name + "-project")})
		if err != nil || len(made.Environments) != 3 {
			t.Fatalf("%s: %+v, %v", name, made, err)
		}
		changed, err := c.UpdateProject(ctx, made.ID, api.UpdateProjectRequest{Name: new(name + "er"), Description: new("")})
		if err != nil || changed.Name != name+"er" {
			t.Errorf("%s: %+v, %v", name, changed, err)
		}
		for _, key := range []string{made.ID, made.Slug} {
			if found, err := c.Project(ctx, key); err != nil || found.ID != made.ID || found.Name != name+"er" || len(found.Environments) != 3 {
				t.Errorf("%s: by %s %+v, %v", name, key, found, err)
			}
		}
		list, err := c.Projects(ctx)
		if err != nil || !slices.ContainsFunc(list, func(p api.Workspace) bool { return p.ID == made.ID && p.Slug == made.Slug }) {
			t.Errorf("%s: listed %+v, %v", name, list, err)
		}
		if err := c.DeleteProject(ctx, made.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, key := range []string{made.ID, made.Slug} {
			if _, err := c.Project(ctx, key); !client.IsNotFound(err) {
				t.Errorf("%s: after its deletion, by %s %v", name, key, err)
			}
		}
	}
}

func TestProjectMembers(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	var l log
	c, ctx := admin(t, server, &l), t.Context()
	start := time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("", 3600))
	roles := []api.RoleAssignment{{Role: "viewer"}, {Role: "admin", IsTemporary: true, TemporaryMode: new(api.TemporaryRelative), TemporaryRange: new("1h"), TemporaryAccessStartTime: &start}}
	if _, err := c.ProjectMember(ctx, project.ID, identity); !client.IsNotFound(err) {
		t.Errorf("before: %v", err)
	}
	made, err := c.AddProjectMember(ctx, project.ID, identity, roles)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.ProjectMember(ctx, project.ID, identity)
	if err != nil || found.ID != made.ID || found.Identity.ID != identity {
		t.Errorf("%+v, %v", found, err)
	}
	// Roles that were read can be written unchanged.
	if err := c.SetProjectMemberRoles(ctx, project.ID, identity, client.Assignments(found.Roles)); err != nil {
		t.Error(err)
	}
	again, err := c.ProjectMember(ctx, project.ID, identity)
	if err != nil || len(again.Roles) != 2 || !slices.ContainsFunc(again.Roles, func(r api.MemberRole) bool {
		return r.RoleSlug() == "admin" && r.IsTemporary && *r.TemporaryRange == "1h" && r.TemporaryAccessStartTime.Equal(start)
	}) {
		t.Errorf("%+v, %v", again.Roles, err)
	}
	mustFail(t, c.SetProjectMemberRoles(ctx, project.ID, identity, roles[1:]), "at least one permanent role")
	if err := c.RemoveProjectMember(ctx, project.ID, identity); err != nil {
		t.Error(err)
	}
	if caller, err := c.CallerID(ctx); err != nil || caller == "" {
		t.Errorf("the caller is %q, %v", caller, err)
	} else if _, err := c.ProjectMember(ctx, project.ID, caller); err != nil {
		t.Errorf("the caller made the project: %v", err)
	}
}

// TestGoneWithProject checks the 500 of servers of October 2024 for a deleted project.
func TestGoneWithProject(t *testing.T) {
	server := servertest.Start(t)
	there, gone := server.NewProject(t), server.NewProject(t)
	server.AsAdmin(t, http.MethodDelete, "/v1/projects/"+gone.ID, nil)
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.Path, there.ID) || strings.Contains(req.URL.Path, gone.ID) {
			return respond(http.StatusInternalServerError, "application/json", `{"statusCode":500,"error":"FindOne","message":"Something went wrong"}`), nil
		}
		return next.RoundTrip(req)
	}))
	for name, read := range map[string]func(project string) error{
		"project": func(id string) error { _, err := c.ProjectByID(t.Context(), id); return err },
		"role":    func(id string) error { _, err := c.ProjectRole(t.Context(), id, "r", "s"); return err },
		"member":  func(id string) error { _, err := c.ProjectMember(t.Context(), id, "i"); return err },
	} {
		if err := read(gone.ID); !client.IsNotFound(err) {
			t.Errorf("%s of one that is gone: %v", name, err)
		}
		if err := read(there.ID); err == nil || client.IsNotFound(err) {
			t.Errorf("%s of one that is there: %v", name, err)
		}
	}
}

// TestEveryPageOfMembers checks that all pages are read, and each member is returned once.
func TestEveryPageOfMembers(t *testing.T) {
	member := func(n int) string {
		return fmt.Sprintf(`{"id":"m%d","identity":{"id":"i%d","name":"n"},"roles":[{"role":"viewer"}]}`, n, n)
	}
	pages := map[string]string{
		"0": `{"identityMemberships":[` + member(1) + "," + member(2) + `],"totalCount":5}`,
		"2": `{"identityMemberships":[` + member(2) + "," + member(3) + `],"totalCount":5}`, // one was added meanwhile
		"4": `{"identityMemberships":[` + member(4) + `],"totalCount":5}`,
	}
	var asked []string
	c := newClient(t, client.Config{Host: "http://127.0.0.1:1", AccessToken: "token", Transport: wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
		offset := req.URL.Query().Get("offset")
		asked = append(asked, offset)
		return respond(http.StatusOK, "application/json", pages[offset]), nil
	})})
	list, err := c.ProjectMembers(t.Context(), "p")
	if err != nil || len(list) != 4 || !slices.Equal(asked, []string{"0", "2", "4"}) {
		t.Errorf("%d members of the pages %v, %v", len(list), asked, err)
	}
}

// TestMembershipLock checks that a lock is for one membership.
func TestMembershipLock(t *testing.T) {
	held := client.LockProjectMember(t.Context(), "p", "i")
	client.LockProjectMember(t.Context(), "p", "j")()
	count, order := 0, []int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			defer client.LockProjectMember(t.Context(), "p", "i")()
			count++
			order = append(order, count)
		})
	}
	if count != 0 {
		t.Error("the lock was not kept")
	}
	held()
	all.Wait()
	if count != 8 || !slices.IsSorted(order) {
		t.Errorf("%d came through: %v", count, order)
	}
}
