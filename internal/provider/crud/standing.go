// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// standingError is a create that failed where something stands that may be imported.
type standingError struct {
	error
	ids []string // to import with
	of  string   // the type of resource
}

func (e *standingError) Unwrap() error { return e.error }

func (e *standingError) commands() string {
	return "To import, with the resource's address in place of NAME:\n\n  terraform import machineid_" + e.of + ".NAME " +
		strings.Join(e.ids, "\n  terraform import machineid_"+e.of+".NAME ")
}

// standing adds how to import what an error names, with the attributes that were planned.
func (r *Managed[M]) standing(ctx context.Context, planned tfsdk.State, err error) error {
	const most = 5
	candidates := client.Candidates(err)
	if len(candidates) == 0 {
		return err
	}
	found := &standingError{error: err, of: r.def.Name}
	for _, candidate := range candidates[:min(most, len(candidates))] {
		parts := make([]string, len(r.def.Import))
		for n, name := range r.def.Import {
			var value types.String
			planned.GetAttribute(ctx, path.Root(name), &value) // a text or absent
			if parts[n] = value.ValueString(); parts[n] == "" {
				parts[n] = "<" + name + ">"
			}
			if name == "id" {
				parts[n] = candidate.ID
			}
		}
		found.ids = append(found.ids, strings.Join(parts, "/"))
	}
	return found
}
