// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

var update = flag.Bool("update", false, "write what TestPermissions records to the file of the documentation")

const permissionsFile = "../tools/schemajson/permissions.json"

// demand is a route that a run uses, and what the API's own table says that it demands.
type demand struct {
	Route string   `json:"route"`
	Scope string   `json:"scope"`
	Needs []string `json:"needs"`
}

// runs are the demands of a thing by the name of the run.
type runs map[string][]demand

// handsOver are permissions that an API with a boundary wants of who gives rights to others, as
// scope and subject:action, and a configuration that does.
var handsOver = map[string]struct{ scope, need, config string }{
	"machineid_identity":                {"organization", "identity:grant-privileges", `{"name": "it N", "role": "member"}`},
	"machineid_project_membership":      {"project", "identity:assign-role", fixtures["machineid_project_membership"].config},
	"machineid_project_membership_role": {"project", "identity:assign-role", fixtures["machineid_project_membership_role"].config},
	"machineid_project_privilege":       {"project", "identity:assign-additional-privileges", fixtures["machineid_project_privilege"].config},
}

// others are the operations of what is no resource, with the group that it is in.
var others = map[string]string{"read": "data-sources", "open": "ephemeral-resources", "query": "list-resources", "plan of action": "actions", "invoke": "actions"}

// planOf is how the documentation calls the run of an operation.
func planOf(operation string) string {
	if operation == "query" || operation == "invoke" {
		return operation
	}
	return "plan"
}

// TestPermissions runs everything that the provider has, and notes which routes each run uses. The
// documentation is made from what it notes, by way of a file, which -update writes.
func TestPermissions(t *testing.T) {
	t.Parallel()
	recorded := recordPermissions(t)
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(recorded); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(permissionsFile, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(permissionsFile); err != nil || !bytes.Equal(kept, text.Bytes()) {
		t.Errorf("%s is not what the runs ask for (%v): make generate writes it. It is now:\n%s", permissionsFile, err, text.Bytes())
	}
}

func recordPermissions(t *testing.T) map[string]map[string]runs {
	t.Helper()
	tb := newTable(t, 0)
	recorded := map[string]map[string]runs{"resources": {}}
	for kind := range fixtures {
		noted := runs{}
		for name, operation := range map[string]string{"plan": "plan", "create": "apply", "change": "change", "destroy": "destroy"} {
			s := tb.scene(combination{kind: kind, operation: operation})
			tb.mustRun(t, s, operation)
			noted[name] = tb.demands()
			if operation != "destroy" {
				tb.mustRun(t, s, "destroy")
			}
		}
		if given, ok := handsOver[kind]; ok {
			noted["hand over"] = []demand{{Scope: given.scope, Needs: []string{given.need}}}
		}
		recorded["resources"][kind] = noted
	}
	note := func(group, kind, run, operation string) {
		tb.mustRun(t, tb.scene(combination{kind: kind, operation: operation}), operation)
		if recorded[group] == nil {
			recorded[group] = map[string]runs{}
		}
		if recorded[group][kind] == nil {
			recorded[group][kind] = runs{}
		}
		recorded[group][kind][run] = tb.demands()
	}
	for operation, group := range others {
		for kind := range otherFixtures[operation] {
			note(group, kind, planOf(operation), operation)
		}
	}
	return recorded
}

func (tb *table) mustRun(t *testing.T, s *scene, operation string) {
	t.Helper()
	if !s.run(operation) {
		t.Fatalf("%s of %s: %s", operation, s.c.kind, s.said)
	}
}

// demands are those of the requests of the run. Routes that take no token are left out.
func (tb *table) demands() []demand {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	found := map[string]demand{}
	for _, request := range tb.asked {
		if strings.HasSuffix(request.URL.Path, "/api/docs/json") {
			continue // the description of the server, which takes no token
		}
		route, access := servertest.RequiredAccess(request)
		if route == "" {
			tb.t.Errorf("%s %s is no route", request.Method, request.URL.Path)
		}
		if access.Scope != "" {
			found[route] = demand{route, string(access.Scope), append([]string{}, access.Needs...)}
		}
	}
	sorted := []demand{}
	for _, route := range slices.Sorted(maps.Keys(found)) {
		sorted = append(sorted, found[route])
	}
	return sorted
}

// TestPermissionsSuffice: an identity that has just what the documentation names for a thing makes,
// plans, changes and destroys it, and reads with what it names for a plan; an API whose boundary
// demands actions wants what is named for handing over, and is content with it.
func TestPermissionsSuffice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(permissionsFile)
	if err != nil {
		t.Fatal(err)
	}
	var named map[string]map[string]runs
	if err := json.Unmarshal(text, &named); err != nil {
		t.Fatal(err)
	}
	tb := newTableOn(t, servertest.StartWith(t, servertest.Options{Boundary: "actions"}))
	for kind, noted := range named["resources"] {
		c := combination{kind: kind, operation: "apply"}
		given, hands := handsOver[kind]
		if hands {
			c.config = given.config
			tb.as = tb.holding(t, slices.Concat(noted["plan"], noted["create"]))
			if s := tb.scene(c); s.run("apply") || !strings.Contains(s.said, strings.TrimPrefix(given.need, "identity:")) {
				t.Errorf("%s is made without %s: %s", kind, given.need, s.said)
			}
		}
		all := tb.holding(t, slices.Concat(slices.Collect(maps.Values(noted))...))
		tb.as = all
		s := tb.scene(c)
		tb.mustRun(t, s, "apply")
		if kind != "machineid_project" { // of which only its maker is a member
			tb.as = tb.holding(t, noted["plan"])
		}
		if tb.mustRun(t, s, "plan"); s.changed {
			t.Errorf("%s: the plan is not empty", kind)
		}
		tb.as = all
		tb.mustRun(t, s, "destroy")
		s = tb.scene(combination{kind: kind, operation: "change"})
		tb.mustRun(t, s, "change")
		tb.mustRun(t, s, "destroy")
	}
	for operation, group := range others {
		for kind := range otherFixtures[operation] {
			tb.as = tb.holding(t, named[group][kind][planOf(operation)])
			tb.mustRun(t, tb.scene(combination{kind: kind, operation: operation}), operation)
		}
	}
}

// holding is an identity that may do what is demanded, and no more, in the organization and in the
// project of the fixtures.
func (tb *table) holding(t *testing.T, demanded []demand) servertest.Identity {
	t.Helper()
	rules := map[string][]map[string]any{"organization": {}, "project": {}}
	member, admin := false, false
	for _, d := range demanded {
		member = member || d.Scope == "project"
		for _, need := range d.Needs {
			if need == "secret-folders:manage-access" { // custom roles cannot have it
				admin = true
				continue
			}
			subject, action, _ := strings.Cut(need, ":")
			rules[d.Scope] = append(rules[d.Scope], map[string]any{"subject": subject, "action": []string{action}})
		}
	}
	tb.lives++
	slug := fmt.Sprintf("holding-%d", tb.lives)
	tb.AsAdmin(t, http.MethodPost, "/v1/organization/roles", map[string]any{"slug": slug, "name": slug, "permissions": rules["organization"]})
	identity := tb.NewIdentity(t, slug, nil)
	if member {
		tb.AsAdmin(t, http.MethodPost, "/v1/projects/"+tb.project.ID+"/roles", map[string]any{"slug": slug, "name": slug, "permissions": rules["project"]})
		roles := []string{slug}
		if admin {
			roles = append(roles, "admin")
		}
		tb.Join(t, tb.project, identity.ID, roles...)
	}
	return identity
}

// act does what Terraform does with what is no resource.
func (s *scene) act(w *walk) bool {
	s.t.Helper()
	p := providertest.Protocol{ProviderServer: w.ProviderServer, Schemas: w.schemas}
	switch s.c.operation {
	case "read":
		read, err := w.ReadDataSource(s.t.Context(), dataRequest(s.t, w, s.c.kind, s.config))
		if err != nil {
			s.t.Fatal(err)
		}
		return !w.failed(read.Diagnostics)
	case "open":
		config := pack(s.t, configOf(s.t, w.schemas.EphemeralResourceSchemas[s.c.kind], s.config))
		opened, err := w.OpenEphemeralResource(s.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: s.c.kind, Config: config})
		if err != nil {
			s.t.Fatal(err)
		}
		if w.failed(opened.Diagnostics) {
			return false
		}
		s.said += p.CloseEphemeral(s.t, s.c.kind, opened.Private)
	case "query":
		s.said += p.List(s.t, s.c.kind, s.fields(), true, 0, 0).Diagnostics
	case "plan of action":
		s.said += p.PlanAction(s.t, s.c.kind, s.fields())
	case "invoke":
		_, planned, said := p.InvokeAction(s.t, s.c.kind, s.fields())
		s.said += planned + said
	}
	return !strings.Contains(s.said, "ERROR")
}

// fields are the configuration of what has texts alone.
func (s *scene) fields() providertest.Values {
	s.t.Helper()
	var config providertest.Values
	if err := json.Unmarshal([]byte(s.config), &config); err != nil {
		s.t.Fatal(err)
	}
	return config
}
