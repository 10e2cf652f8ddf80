// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// FuzzImport checks that an import ID is split into its parts or rejected.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{"a/1", "a", "/", "a//1", "a/1/", "", "a/%2F", "\x00/\xff", "a b/c"} {
		f.Add(seed)
	}
	c, err := client.New(client.Config{Host: client.DefaultHost, AccessToken: "x"})
	if err != nil {
		f.Fatal(err)
	}
	ctx := context.Background()
	d := Resource[thing]{Name: "some_thing", Schema: thingSchema, Import: []string{"parent_id", "id"}}
	r := d.Adapter()
	r.Configure(ctx, resource.ConfigureRequest{ProviderData: c}, nil)
	f.Fuzz(func(t *testing.T, id string) {
		resp := resource.ImportStateResponse{State: none()}
		r.ImportState(ctx, resource.ImportStateRequest{ID: id}, &resp)
		first, rest, both := strings.Cut(id, "/") // the last may be a name with slashes in it
		parts := []string{first, rest}
		if wanted := both && first != "" && rest != ""; wanted == resp.Diagnostics.HasError() {
			t.Fatalf("%q: %s", id, text(resp.Diagnostics))
		} else if !wanted {
			return
		}
		for i, name := range d.Import {
			var value types.String
			if resp.State.GetAttribute(ctx, path.Root(name), &value); value.ValueString() != parts[i] {
				t.Fatalf("%q: %s is %s", id, name, value)
			}
		}
	})
}
