// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
)

// TestNoKeyIsDropped checks that Terraform rejects every unknown key of a configuration. It drops unknown keys
// of nested and object attributes before the provider sees them (hashicorp/terraform#33570), so what a user
// writes is a plain value, a collection of plain values, or a block. It also checks that nothing is required
// inside a single block, since Terraform would demand it where the block is absent.
func TestNoKeyIsDropped(t *testing.T) {
	schemas := schemasByKind(t)
	count := 0
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		count += checkBlockShape(t, name, schemas[name].Block, false)
	}
	if count < 100 {
		t.Errorf("only %d attributes were checked", count)
	}
}

// schemasByKind returns the schemas of the provider, its resources, data sources, ephemeral resources, list
// resources and actions, by kind and name.
func schemasByKind(t *testing.T) map[string]*tfprotov6.Schema {
	t.Helper()
	all, err := provider.NewServer(provider.New("test")).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*tfprotov6.Schema{"provider": all.Provider}
	for kind, of := range map[string]map[string]*tfprotov6.Schema{
		"resource": all.ResourceSchemas, "data": all.DataSourceSchemas, "ephemeral": all.EphemeralResourceSchemas,
		"list": all.ListResourceSchemas, "action": actionSchemas(all),
	} {
		for name, schema := range of {
			schemas[kind+" "+name] = schema
		}
	}
	return schemas
}

// checkBlockShape checks a block and those within it, and returns how many attributes a user can set.
func checkBlockShape(t *testing.T, at string, block *tfprotov6.SchemaBlock, inSingle bool) (count int) {
	t.Helper()
	for _, a := range block.Attributes {
		if !a.Required && !a.Optional {
			continue
		}
		count++
		if a.NestedType != nil || !isPlain(a.Type) {
			t.Errorf("%s: %s can lose unknown keys; make it a block or a collection of plain values", at, a.Name)
		}
		if inSingle && a.Required {
			t.Errorf("%s: %s is Required below a single block; make it Optional and demand it with a validator of the block", at, a.Name)
		}
	}
	for _, b := range block.BlockTypes {
		single := b.Nesting == tfprotov6.SchemaNestedBlockNestingModeSingle || b.Nesting == tfprotov6.SchemaNestedBlockNestingModeGroup
		count += checkBlockShape(t, at+"."+b.TypeName, b.Block, single)
	}
	return count
}

// isPlain reports whether a type has no object and no dynamic value in it.
func isPlain(as tftypes.Type) bool {
	switch as := as.(type) {
	case tftypes.List:
		return isPlain(as.ElementType)
	case tftypes.Set:
		return isPlain(as.ElementType)
	case tftypes.Map:
		return isPlain(as.ElementType)
	case tftypes.Object, tftypes.Tuple:
		return false
	}
	return !as.Is(tftypes.DynamicPseudoType)
}
