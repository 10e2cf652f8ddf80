// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// What Terraform does with one resource, in process: quick enough for thousands of runs.

// life is what Terraform knows of one resource between two runs.
type life struct {
	kind    string        // "machineid_identity"
	state   tftypes.Value // null: there is none
	private []byte
	tainted bool
}

// walk is one run of one process of the provider.
type walk struct {
	tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	p       *provider.Provider
	said    []*tfprotov6.Diagnostic
}

func begin(t *testing.T, p *provider.Provider, config providertest.Values) *walk {
	t.Helper()
	c := providertest.Configure(t, p, config)
	return &walk{ProviderServer: c.ProviderServer, schemas: c.Schemas, p: p}
}

// end is what main does when Terraform has gone.
func (w *walk) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_ = w.p.RevokeOpen(ctx) // it may meet the fault
}

// failed notes what was said, and reports whether an error is among it.
func (w *walk) failed(said []*tfprotov6.Diagnostic) bool {
	w.said = append(w.said, said...)
	for _, d := range said {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// refresh reads what is in the state. It is false where that fails.
func (w *walk) refresh(t *testing.T, l *life) bool {
	t.Helper()
	if l.state.IsNull() {
		return true
	}
	read, err := w.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: l.kind, CurrentState: pack(t, l.state), Private: l.private})
	if err != nil {
		t.Fatal(err)
	}
	if w.failed(read.Diagnostics) {
		return false
	}
	l.state, l.private = unpack(t, w.schemas.ResourceSchemas[l.kind], read.NewState), read.Private
	return true
}

// plan returns what is planned for a configuration; nil where that fails.
func (w *walk) plan(t *testing.T, l *life, prior tftypes.Value, config tftypes.Value) *tfprotov6.PlanResourceChangeResponse {
	t.Helper()
	planned, err := w.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: l.kind, PriorState: pack(t, prior), Config: pack(t, config), PriorPrivate: l.private,
		ProposedNewState: pack(t, proposed(w.schemas.ResourceSchemas[l.kind].Block.Attributes, prior, config)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.failed(planned.Diagnostics) {
		return nil
	}
	return planned
}

// apply makes a planned change, and keeps what became of it. It is false where that fails.
func (w *walk) apply(t *testing.T, l *life, config tftypes.Value, planned *tfprotov6.PlanResourceChangeResponse) bool {
	t.Helper()
	creates := l.state.IsNull()
	done, err := w.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: l.kind, PriorState: pack(t, l.state), PlannedState: planned.PlannedState, PlannedPrivate: planned.PlannedPrivate, Config: pack(t, config),
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := w.failed(done.Diagnostics)
	l.state, l.private = unpack(t, w.schemas.ResourceSchemas[l.kind], done.NewState), done.Private
	l.tainted = failed && creates && !l.state.IsNull()
	if !failed && !l.state.IsFullyKnown() {
		t.Errorf("the new state of %s is not wholly known", l.kind)
	}
	return !failed
}

// destroy takes away what is in the state.
func (w *walk) destroy(t *testing.T, l *life) bool {
	t.Helper()
	if l.state.IsNull() {
		return true
	}
	none := tftypes.NewValue(l.state.Type(), nil)
	planned := w.plan(t, l, l.state, none)
	if planned == nil || !w.apply(t, l, none, planned) {
		return false
	}
	l.tainted = false
	return true
}

// change makes the configuration true, by way of a replacement where it must be.
func (w *walk) change(t *testing.T, l *life, config tftypes.Value) bool {
	t.Helper()
	planned := w.plan(t, l, l.state, config)
	if planned == nil {
		return false
	}
	if !l.state.IsNull() && (l.tainted || len(planned.RequiresReplace) > 0) {
		if !w.destroy(t, l) {
			return false
		}
		if planned = w.plan(t, l, l.state, config); planned == nil {
			return false
		}
	}
	return w.apply(t, l, config, planned)
}

// changes reports whether a plan for the configuration has anything to do; ok is false where it fails.
func (w *walk) changes(t *testing.T, l *life, config tftypes.Value) (change, ok bool) {
	t.Helper()
	planned := w.plan(t, l, l.state, config)
	if planned == nil {
		return false, false
	}
	return l.tainted || !unpack(t, w.schemas.ResourceSchemas[l.kind], planned.PlannedState).Equal(l.state), true
}

// proposed is what Terraform offers for a plan: the configuration, and what is computed as it was.
func proposed(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || prior.IsNull() {
		return config
	}
	before, wanted := objectOf(prior), objectOf(config)
	for _, a := range attributes {
		switch {
		case a.Computed && wanted[a.Name].IsNull():
			wanted[a.Name] = before[a.Name]
		case a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			wanted[a.Name] = proposed(a.NestedType.Attributes, before[a.Name], wanted[a.Name])
		}
	}
	return tftypes.NewValue(config.Type(), wanted)
}

func objectOf(v tftypes.Value) map[string]tftypes.Value {
	object := map[string]tftypes.Value{}
	if err := v.As(&object); err != nil {
		panic(err)
	}
	return object
}

func textOf(v tftypes.Value, attribute string) string {
	var text string
	if v.IsNull() {
		return ""
	}
	if a := objectOf(v)[attribute]; a.IsKnown() && !a.IsNull() && a.Type().Is(tftypes.String) {
		_ = a.As(&text)
	}
	return text
}

func pack(t *testing.T, v tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	packed, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		t.Fatal(err)
	}
	return &packed
}

func unpack(t *testing.T, schema *tfprotov6.Schema, packed *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	v, err := packed.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// configOf reads a configuration in JSON; what is not in it is null.
func configOf(t *testing.T, schema *tfprotov6.Schema, text string) tftypes.Value {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var content any
	if err := decoder.Decode(&content); err != nil {
		t.Fatal(err, text)
	}
	return typed(schema.ValueType(), content)
}

func typed(as tftypes.Type, content any) tftypes.Value {
	if content == nil {
		return tftypes.NewValue(as, nil)
	}
	var elements []tftypes.Value
	list, _ := content.([]any)
	object, _ := content.(map[string]any)
	named := map[string]tftypes.Value{}
	switch as := as.(type) {
	case tftypes.Object:
		for name, attribute := range as.AttributeTypes {
			named[name] = typed(attribute, object[name])
			delete(object, name)
		}
		if len(object) > 0 {
			panic(fmt.Sprint("no such attributes: ", object))
		}
		return tftypes.NewValue(as, named)
	case tftypes.Map:
		for name, element := range object {
			named[name] = typed(as.ElementType, element)
		}
		return tftypes.NewValue(as, named)
	case tftypes.List:
		for _, element := range list {
			elements = append(elements, typed(as.ElementType, element))
		}
		return tftypes.NewValue(as, elements)
	case tftypes.Set:
		for _, element := range list {
			elements = append(elements, typed(as.ElementType, element))
		}
		return tftypes.NewValue(as, elements)
	}
	if number, ok := content.(json.Number); ok {
		n, _ := number.Float64()
		return tftypes.NewValue(as, n)
	}
	return tftypes.NewValue(as, content)
}

func dataRequest(t *testing.T, w *walk, kind, config string) *tfprotov6.ReadDataSourceRequest {
	t.Helper()
	return &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: pack(t, configOf(t, w.schemas.DataSourceSchemas[kind], config))}
}
