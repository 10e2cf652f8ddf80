// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
)

// floors are the oldest CLIs that have what the pages of a folder are about, as they write them.
var floors = map[string][]string{
	"resources":           {"Terraform 1.12 or newer", "OpenTofu 1.12 or newer"}, // import by identity
	"data-sources":        nil,                                                   // every CLI that the provider runs in
	"ephemeral-resources": {"Terraform 1.10 or newer", "OpenTofu 1.11 or newer"},
	"list-resources":      {"Terraform 1.14 or newer", "OpenTofu"},
	"actions":             {"Terraform 1.14 or newer", "OpenTofu"},
	"functions":           {"Terraform 1.8 or newer", "OpenTofu 1.7 or newer"},
}

var (
	purpose  = regexp.MustCompile(`(?m)\n# [^\n]+\n\n[^\n]+\.`)
	lasting  = regexp.MustCompile(`(^|_)(ttl|period|duration|range|elapsed|reset|wait|timeout|before_expiry)$`)
	withUnit = regexp.MustCompile("[`\"][0-9]+[smhd]")
)

// section is what stands below a heading of a page, up to the next of its rank.
func section(page, title string) string {
	_, text, _ := strings.Cut(page, "\n## "+title+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	return strings.TrimSpace(text)
}

// TestReferencePages: every page of the reference says first what its thing is for, shows a small
// example and a realistic one, and says which CLIs have it, which permissions each run needs, and how
// to take over what is there.
func TestReferencePages(t *testing.T) {
	all, count := pages(t), map[string]int{}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		parts := strings.Split(strings.TrimSuffix(path, ".md"), "/")
		if len(parts) != 3 || parts[0] != "docs" || parts[1] == "guides" {
			continue
		}
		folder, page := parts[1], all[path]
		count[folder]++
		if !purpose.MatchString(page) {
			t.Errorf("%s: does not begin with what it is for", path)
		}
		if shown := len(fenced.FindAllString(section(page, "Example Usage"), -1)); shown < 2 {
			t.Errorf("%s: %d examples, not a small and a realistic one", path, shown)
		}
		wanted := floors[folder]
		if folder == "resources" {
			wanted = append(slices.Clone(wanted), "terraform import machineid_", "\n  id = \"", "\n  identity = {", "### Identity Schema")
			if strings.Contains(all["docs/guides/migrating.md"], "| `machineid_"+parts[2]+"`") {
				wanted = append(wanted, "`moved` block", "Terraform 1.8 or newer")
			}
		}
		for _, words := range wanted {
			if !strings.Contains(page, words) {
				t.Errorf("%s: does not have %q", path, words)
			}
		}
		if folder != "functions" && section(page, "Permissions") == "" { // functions ask no server
			t.Errorf("%s: says nothing of permissions", path)
		}
	}
	t.Logf("%d pages: %v", len(all), count)
	for folder := range floors {
		if count[folder] == 0 {
			t.Errorf("there are no pages of %s", folder)
		}
	}
}

// TestDescriptions: every attribute has a description of whole sentences. One that may be left out has
// a default, one of a resource says what a change does, a duration names a unit, and a secret says
// that it is one.
func TestDescriptions(t *testing.T) {
	schema, err := provider.NewServer(provider.New("test")).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for kind, schemas := range map[string]map[string]*tfprotov6.Schema{
		"provider": {"": schema.Provider}, "resource": schema.ResourceSchemas, "data source": schema.DataSourceSchemas,
		"ephemeral resource": schema.EphemeralResourceSchemas, "list resource": schema.ListResourceSchemas, "action": actionSchemas(schema),
	} {
		for name, schema := range schemas {
			thing := described{t: t, name: kind + " " + name, resource: kind == "resource", seen: &seen}
			thing.inPlace = strings.Contains(schema.Block.Description, "Changed in place")
			thing.sentences("", schema.Block.Description)
			thing.attributes("", schema.Block.Attributes)
			for _, block := range schema.Block.BlockTypes {
				thing.attributes(block.TypeName+".", block.Block.Attributes)
			}
		}
	}
	for name, function := range schema.Functions {
		thing := described{t: t, name: "function " + name, seen: &seen}
		thing.sentences("", function.Description)
		parameters := function.Parameters
		if function.VariadicParameter != nil {
			parameters = append(slices.Clone(parameters), function.VariadicParameter)
		}
		for _, parameter := range parameters {
			thing.sentences(parameter.Name, parameter.Description)
		}
	}
	t.Logf("%d descriptions", seen)
}

func actionSchemas(schema *tfprotov6.GetProviderSchemaResponse) map[string]*tfprotov6.Schema {
	all := map[string]*tfprotov6.Schema{}
	for name, action := range schema.ActionSchemas {
		all[name] = action.Schema
	}
	return all
}

// described is something whose descriptions are looked at.
type described struct {
	t        *testing.T
	name     string
	resource bool // whose attributes say what a change does,
	inPlace  bool // unless it says of all of them that they are changed in place
	seen     *int
}

func (d described) sentences(path, text string) {
	d.t.Helper()
	*d.seen++
	if !strings.HasSuffix(text, ".") {
		d.t.Errorf("%s %s: not whole sentences: %q", d.name, path, text)
	}
}

func (d described) attributes(above string, attributes []*tfprotov6.SchemaAttribute) {
	d.t.Helper()
	for _, a := range attributes {
		path, top := above+a.Name, above == ""
		d.sentences(path, a.Description)
		for what, missing := range map[string]bool{
			"does not say that it is sensitive":      a.Sensitive && !strings.Contains(a.Description, "Sensitive"),
			"is a duration, and names no unit":       lasting.MatchString(a.Name) && !withUnit.MatchString(a.Description),
			"may be left out, and has no default":    top && a.Optional && !strings.Contains(a.Description, "Default") && !strings.HasPrefix(a.Description, "Only ") && !strings.Contains(a.Description, "Give "),
			"does not say what a change of it does":  top && d.resource && !d.inPlace && (a.Required || a.Optional) && !strings.Contains(a.Description, "hange"),
			"is computed, and says that it is given": !a.Required && !a.Optional && strings.Contains(a.Description, "Default"),
		} {
			if missing {
				d.t.Errorf("%s %s: %s: %q", d.name, path, what, a.Description)
			}
		}
		if a.NestedType != nil {
			d.attributes(path+".", a.NestedType.Attributes)
		}
	}
}
