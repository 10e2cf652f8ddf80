// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const folderAccessAddress = "machineid_project_folder_access.x"

func folderAccessConfig(project, identity, environment, path, more string) string {
	return fmt.Sprintf("resource \"machineid_project_folder_access\" \"x\" {\nproject_id = %q\nidentity_id = %q\nenvironment = %q\nsecret_path = %q\n%s\n}\n",
		project, identity, environment, path, more)
}

func TestFolderAccessLife(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, identity, "no-access")
	start := providertest.AdminConfig(server)
	path := "/v1/projects/" + project.ID + "/memberships/identities/" + identity + "/secret-folder-access"
	folder := func(more map[string]any) map[string]any {
		body := map[string]any{"environmentSlug": "dev", "secretPath": "/app"}
		maps.Copy(body, more)
		return body
	}
	config := func(more string) string {
		return start + folderAccessConfig(project.ID, identity, "dev", "/app", more)
	}
	is := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			got := ""
			for _, f := range server.AsAdmin(t, http.MethodGet, path, nil).At("folderAccess").([]any) {
				f := f.(map[string]any)
				got += fmt.Sprintf("%v:%v=%v %v;", f["environment"], f["secretPath"], f["permission"], f["temporaryRange"])
			}
			if got != want {
				return fmt.Errorf("the server has the access %q, not %q", got, want)
			}
			return nil
		})
	}
	window := "permission = \"edit\"\n" + providertest.TemporaryBlock("60m", "2026-12-01T00:00:00Z")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(`permission = "read"`), ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionCreate), Check: is("dev:/app=read <nil>;")},
		resource.TestStep{Config: config(`permission = "read"`), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(window), ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionUpdate), Check: is("dev:/app=edit 1h;")},
		resource.TestStep{Config: config("permission = \"edit\"\n" + providertest.TemporaryBlock("1h", "2026-12-01T01:00:00+01:00")), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ResourceName: folderAccessAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"temporary"}, ImportStateId: project.Slug + "/" + identity + "/dev//app"},
		resource.TestStep{ResourceName: folderAccessAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"temporary"}, ImportStateId: project.ID + "/" + identity + "/dev/app"},
		resource.TestStep{Config: config(`permission = "full-access"`), ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionUpdate), Check: is("dev:/app=full-access <nil>;")},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path, folder(map[string]any{"permission": "list"}))
			},
			Config: config(`permission = "read"`), ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionUpdate), Check: is("dev:/app=read <nil>;"),
		},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path, folder(nil)) },
			Config:    config(`permission = "read"`), ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionCreate), Check: is("dev:/app=read <nil>;"),
		},
		resource.TestStep{ // another folder: nothing is left in the first
			Config:           start + folderAccessConfig(project.ID, identity, "prod", "/", `permission = "read"`),
			ConfigPlanChecks: providertest.ExpectAction(folderAccessAddress, plancheck.ResourceActionReplace), Check: is("prod:/=read <nil>;"),
		},
		resource.TestStep{ // deleted outside Terraform before it is destroyed
			PreConfig: func() {
				server.AsAdmin(t, http.MethodDelete, path, map[string]any{"environmentSlug": "prod", "secretPath": "/"})
			},
			Config: start, Check: is(""),
		},
		resource.TestStep{ // gone with the membership
			Config: config(`permission = "read"`), Check: is("dev:/app=read <nil>;"),
		},
		resource.TestStep{
			PreConfig: func() {
				server.AsAdmin(t, http.MethodDelete, "/v1/projects/"+project.ID+"/memberships/identities/"+identity, nil)
			},
			Config: start,
		},
	)
}

func TestFolderAccessErrors(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, identity, "viewer")
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/memberships/identities/"+identity+"/secret-folder-access",
		map[string]any{"environmentSlug": "dev", "secretPath": "/taken", "permission": "read"})
	start := providertest.AdminConfig(server)
	reader := servertest.Project{ID: project.ID}
	denied := providertest.TokenConfig(server, server.TokenIn(t, reader, permission.Rule{Subject: permission.Identity, Actions: []string{permission.Read}}))
	const read = `permission = "read"`
	steps := []resource.TestStep{}
	for _, c := range []struct{ config, want string }{
		{start + folderAccessConfig(project.ID, identity, "dev", "app", read), `"app" is not the path of a folder`},
		{start + folderAccessConfig(project.ID, identity, "dev", "/app/", read), "Invalid folder path"},
		{start + folderAccessConfig(project.ID, identity, "Dev", "/app", read), "must be a slug"},
		{start + folderAccessConfig(project.ID, identity, "dev", "/app", `permission = "write"`), "value must be one of"},
		{start + folderAccessConfig(project.ID, identity, "dev", "/app", "permission = \"full-access\"\n"+providertest.TemporaryBlock("1h", "2026-12-01T00:00:00Z")), "Full access cannot be temporary"},
		{start + folderAccessConfig(project.ID, identity, "none", "/app", read), "Environment with slug none not found"},
		{start + folderAccessConfig(project.ID, server.Admin.IdentityID, "dev", "/app", read), "project admin role"},
		{start + folderAccessConfig(project.ID, identity, "dev", "/taken", read), "terraform import machineid_project_folder_access.NAME " + project.ID + "/" + identity + "/dev//taken"},
		{denied + folderAccessConfig(project.ID, identity, "dev", "/app", read), "manage-access on secret-folders"},
	} {
		steps = append(steps, resource.TestStep{Config: c.config, ExpectError: providertest.Sentence(c.want)})
	}
	providertest.Apply(t, provider.New("test"), steps...)
}
