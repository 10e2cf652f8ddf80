// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Move takes over what another type of resource has in its state. It is like an import, of an ID that
// the state tells: everything else comes with the read that follows. So what the other type calls its
// other attributes, and in which version of its schema, does not matter.
type Move struct {
	Type      string            // such as infisical_identity
	Providers []string          // ends of the addresses that the type is found under, such as infisical/infisical
	Needs     map[string]string // our attributes, by what they are called there
	Takes     map[string]string // those that may be missing there
}

// MovesFromOfficial returns the move from a type of the official provider, under its own address and
// under ours, which its resources have after `terraform state replace-provider`. All of its schemas have
// version 0 so far.
func MovesFromOfficial(kind string, needs, takes map[string]string) []Move {
	return []Move{{
		Type: "infisical_" + kind, Providers: []string{"infisical/infisical", "seed-54b7b333/machineid"},
		Needs: needs, Takes: takes,
	}}
}

// unread marks a state that was moved here and has not been read since.
const unread = "unread"

// MoveState runs before the provider is configured, so that no server can be asked.
func (r *ResourceAdapter[M]) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		for _, m := range r.def.Moves {
			if m.isOf(req) {
				m.move(ctx, r.displayName(), req, resp)
			}
		}
	}}}
}

// isOf compares no host: OpenTofu's registry is another one.
func (m Move) isOf(req resource.MoveStateRequest) bool {
	return req.SourceTypeName == m.Type && slices.ContainsFunc(m.Providers, func(end string) bool {
		return strings.HasSuffix(req.SourceProviderAddress, "/"+end)
	})
}

func (m Move) move(ctx context.Context, what string, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	source := map[string]any{}
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
		resp.Diagnostics.AddError("Could not move the "+what, "The state of the "+m.Type+" cannot be read. Refresh it with the provider that it is from, in a version that still knows it, and try again.")
		return
	}
	take := func(theirs, ours string) bool {
		value, _ := source[theirs].(string)
		if value != "" {
			resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(ours), value)...)
		}
		return value != ""
	}
	for theirs, ours := range m.Takes {
		take(theirs, ours)
	}
	for theirs, ours := range m.Needs {
		if !take(theirs, ours) {
			resp.Diagnostics.AddError("Could not move the "+what, fmt.Sprintf("The state of the %s (version %d of its schema) has no %s, by which the %s is found. "+
				"Refresh it with the provider that it is from and try again; or take it out of the state with a removed block, and import the %s.", m.Type, req.SourceSchemaVersion, theirs, what, what))
		}
	}
	resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, unread, []byte("true"))...)
}

// refuseUnread is for a plan that would compare with a state that is only known in part.
func (r *ResourceAdapter[M]) refuseUnread(diags *diag.Diagnostics) {
	diags.AddError("The "+r.displayName()+" was moved and not read yet", "What it is like on the server is not in the state yet, so that everything would look like a change. "+
		"Plan with a refresh (without -refresh=false), and with a configuration of the provider that is known at plan.")
}
