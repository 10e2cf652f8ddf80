// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// misspelling is a configuration with one mistake. NAME in it becomes a unique name. The line that ends in the
// mark is the line of the expected error, whose summary and detail contain every one of want.
type misspelling struct {
	hcl    string
	want   []string
	module string // contents of the module at ./NAME, if the configuration calls one
}

// mark ends the line of the expected error.
const mark = "# error"

// usedByAnIdentity makes a row of provider configuration complete: Terraform validates a provider only if a resource
// uses it.
const usedByAnIdentity = "\nresource \"machineid_identity\" \"NAME\" {\n  provider = machineid.NAME\n  name     = \"x\"\n}\n"

// firstQuery is the minor version of Terraform with actions and list resources.
const firstQuery = 14

func (m misspelling) isQuery() bool { return strings.HasPrefix(strings.TrimSpace(m.hcl), "list ") }

func (m misspelling) isAction() bool { return strings.HasPrefix(strings.TrimSpace(m.hcl), "action ") }

// file returns the path of the file with the mark, for a row called name, and the line of the mark.
func (m misspelling) place(t *testing.T, name string) (file string, line int) {
	t.Helper()
	file, text := name+".tf", m.hcl
	switch {
	case strings.Contains(m.module, mark):
		file, text = name+"/main.tf", m.module
	case m.isQuery():
		file = name + ".tfquery.hcl"
	}
	before, _, found := strings.Cut(text, mark)
	if !found {
		t.Fatalf("no line is marked in %s", m.hcl)
	}
	return file, strings.Count(before, "\n") + 1
}

// diagnosed is an error of `terraform validate -json`, or of the in-process check.
type diagnosed struct {
	Severity, Summary, Detail string
	Range                     struct {
		Filename string
		Start    struct{ Line int }
	}
}

func (m misspelling) check(t *testing.T, name string, errors []diagnosed) {
	t.Helper()
	file, line := m.place(t, name)
	var others []string
	for _, d := range errors {
		text := d.Summary + ": " + d.Detail
		if d.Range.Filename != file {
			continue
		}
		// Terraform 1.17 places what a provider reports about a list resource at its first line.
		if (d.Range.Start.Line == line || m.isQuery() && d.Range.Start.Line == 1) && d.Severity == "error" && !slices.ContainsFunc(m.want, func(part string) bool { return !strings.Contains(text, part) }) {
			return
		}
		others = append(others, fmt.Sprintf("line %d: %s", d.Range.Start.Line, text))
	}
	t.Errorf("no error with %q on line %d of\n%s\n%s\nbut %s", m.want, line, m.hcl, m.module, strings.Join(others, "\n"))
}

// TestMisspellings validates all rows with one run of the CLI. Those of actions and lists need Terraform 1.14.
func TestMisspellings(t *testing.T) {
	providertest.RequireCLI(t, "misspellings are not validated")
	plugin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	name, minor := providertest.CLIVersion(t)
	queries := name == "Terraform" && minor >= firstQuery
	dir, rows := t.TempDir(), map[string]misspelling{}
	write(t, filepath.Join(dir, "terraformrc"), devOverrides(plugin))
	write(t, filepath.Join(dir, "main.tf"), requiredProvider+"\nprovider \"machineid\" {\n  host         = \"https://infisical.example.com\"\n  access_token = \"x\"\n}\n")
	for n, row := range slices.Concat(misspellings, generatedMisspellings(t)) {
		if (row.isQuery() || row.isAction()) && !queries {
			continue
		}
		id := fmt.Sprintf("row%03d", n)
		file, _ := row.place(t, id)
		if row.module != "" {
			file = id + ".tf"
			write(t, filepath.Join(dir, id, "versions.tf"), requiredProvider)
			write(t, filepath.Join(dir, id, "main.tf"), strings.ReplaceAll(row.module, "NAME", id))
		}
		write(t, filepath.Join(dir, file), strings.ReplaceAll(row.hcl, "NAME", id))
		rows[id] = row
	}
	arguments := []string{"validate", "-json"}
	if queries {
		arguments = append(arguments, "-query")
	}
	runIn(t, dir, "get")
	var result struct{ Diagnostics []diagnosed }
	if err := json.Unmarshal(runIn(t, dir, arguments...), &result); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		rows[id].check(t, id, result.Diagnostics)
	}
	t.Logf("%d rows", len(rows))
}

const requiredProvider = "terraform {\n  required_providers {\n    machineid = { source = \"seed-54b7b333/machineid\" }\n  }\n}\n"

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runIn runs the CLI in dir and returns what it prints. `validate` fails, as it should.
func runIn(t *testing.T, dir string, arguments ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), providertest.CLI, arguments...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraformrc"))
	printed, err := cmd.Output()
	if err != nil && arguments[0] != "validate" {
		t.Fatal(err, stderr.String())
	}
	return printed
}

// TestMisspellingsOfListsAndActions checks the rows of lists and actions without a CLI: HCL decodes the
// configuration by the schema, as Terraform does, and the provider validates what remains.
func TestMisspellingsOfListsAndActions(t *testing.T) {
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"access_token": "x"})
	schemas, count := schemasByKind(t), 0
	for n, row := range slices.Concat(misspellings, generatedMisspellings(t)) {
		if !row.isQuery() && !row.isAction() {
			continue
		}
		count++
		id := fmt.Sprintf("row%03d", n)
		file, _ := row.place(t, id)
		row.check(t, id, decodedErrors(t, p, schemas, file, strings.ReplaceAll(row.hcl, "NAME", id)))
	}
	if count < 20 {
		t.Errorf("only %d rows", count)
	}
}

// decodedErrors returns the errors of the configuration of a list or an action.
func decodedErrors(t *testing.T, p providertest.Protocol, schemas map[string]*tfprotov6.Schema, file, text string) []diagnosed {
	t.Helper()
	parsed, problems := hclsyntax.ParseConfig([]byte(text), file, hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	syntax, _ := parsed.Body.(*hclsyntax.Body)
	outer := syntax.Blocks[0]
	at := slices.IndexFunc(outer.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "config" })
	if at < 0 {
		t.Fatalf("no config in %s", text)
	}
	schema := schemas[outer.Type+" "+outer.Labels[0]]
	if schema == nil {
		t.Fatalf("the provider has no %s %s", outer.Type, outer.Labels[0])
	}
	config := outer.Body.Blocks[at].Body
	values, problems := decodeBody(schema.Block, config)
	var errors []diagnosed
	for _, problem := range problems {
		errors = append(errors, newDiagnosed(problem.Summary, problem.Detail, file, problem.Subject.Start.Line))
	}
	if problems.HasErrors() {
		return errors
	}
	encoded := pack(t, typed(schema.ValueType(), values))
	for _, d := range validateConfig(t, p, outer.Type, outer.Labels[0], encoded) {
		line := config.SrcRange.Start.Line
		if d.Attribute != nil {
			if attribute := config.Attributes[strings.TrimSuffix(strings.TrimPrefix(d.Attribute.String(), `AttributeName("`), `")`)]; attribute != nil {
				line = attribute.SrcRange.Start.Line
			}
		}
		errors = append(errors, newDiagnosed(d.Summary, d.Detail, file, line))
	}
	return errors
}

func newDiagnosed(summary, detail, file string, line int) diagnosed {
	d := diagnosed{Severity: "error", Summary: summary, Detail: detail}
	d.Range.Filename, d.Range.Start.Line = file, line
	return d
}

func validateConfig(t *testing.T, p providertest.Protocol, kind, name string, config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
	t.Helper()
	lister, lists := p.ProviderServer.(tfprotov6.ListResourceServer)
	actor, acts := p.ProviderServer.(tfprotov6.ActionServer)
	if !lists || !acts {
		t.Fatal("the provider has no lists or no actions")
	}
	if kind == "list" {
		valid, err := lister.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: name, Config: config})
		if err != nil {
			t.Fatal(err)
		}
		return valid.Diagnostics
	}
	valid, err := actor.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return valid.Diagnostics
}

// decodeBody returns the values of a body of literals, as JSON has them, and the errors of HCL.
func decodeBody(block *tfprotov6.SchemaBlock, body hcl.Body) (map[string]any, hcl.Diagnostics) {
	var schema hcl.BodySchema
	for _, a := range block.Attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a.Name, Required: a.Required})
	}
	nested := map[string]*tfprotov6.SchemaNestedBlock{}
	for _, b := range block.BlockTypes {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: b.TypeName})
		nested[b.TypeName] = b
	}
	content, problems := body.Content(&schema)
	values := map[string]any{}
	for name, attribute := range content.Attributes {
		value, more := attribute.Expr.Value(nil)
		problems = append(problems, more...)
		var decoded any
		text, err := ctyjson.SimpleJSONValue{Value: value}.MarshalJSON()
		if err == nil {
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			err = decoder.Decode(&decoded)
		}
		if err != nil {
			problems = append(problems, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: err.Error(), Subject: &attribute.Range})
		}
		values[name] = decoded
	}
	for _, inner := range content.Blocks {
		value, more := decodeBody(nested[inner.Type].Block, inner.Body)
		problems = append(problems, more...)
		if nested[inner.Type].Nesting == tfprotov6.SchemaNestedBlockNestingModeSingle {
			values[inner.Type] = value
			continue
		}
		list, _ := values[inner.Type].([]any)
		values[inner.Type] = append(list, value)
	}
	return values, problems
}

// generatedMisspellings returns a row for each attribute and each block of every schema, with one letter of its
// name twice.
func generatedMisspellings(t *testing.T) []misspelling {
	t.Helper()
	schemas := schemasByKind(t)
	var rows []misspelling
	for _, of := range slices.Sorted(maps.Keys(schemas)) {
		kind, name, _ := strings.Cut(of, " ")
		frame := kind + " \"" + name + "\" \"NAME\" {\nBODY\n}"
		switch kind {
		case "provider":
			frame = "provider \"machineid\" {\n  alias = \"NAME\"\nBODY\n}" + usedByAnIdentity
		case "action":
			frame = "action \"" + name + "\" \"NAME\" {\nconfig {\nBODY\n}\n}"
		case "list":
			frame = "list \"" + name + "\" \"NAME\" {\nprovider = machineid\nconfig {\nBODY\n}\n}"
		}
		for _, body := range misspeltBodies(schemas[of].Block) {
			rows = append(rows, misspelling{hcl: strings.Replace(frame, "BODY", body, 1), want: []string{"not expected here", "Did you mean"}})
		}
	}
	return rows
}

// misspeltBodies returns bodies of a block with one mistake each. The suggestion for a short name may be another.
func misspeltBodies(block *tfprotov6.SchemaBlock) []string {
	twice := func(name string) string { return name[:len(name)/2] + name[len(name)/2-1:] }
	var bodies []string
	for _, a := range block.Attributes {
		if a.Optional || a.Required {
			bodies = append(bodies, twice(a.Name)+" = null "+mark)
		}
	}
	for _, b := range block.BlockTypes {
		for _, inner := range misspeltBodies(b.Block) {
			bodies = append(bodies, b.TypeName+" {\n"+inner+"\n}")
		}
		bodies = append(bodies, twice(b.TypeName)+" {} "+mark)
	}
	return bodies
}
