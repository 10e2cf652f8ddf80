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

// Move takes over the state of another provider's resource type. It is an import of an ID that the state
// holds: the read that follows sets everything else, so that neither other attributes nor the version of
// the schema matter.
type Move struct {
	Type      string            // such as infisical_identity
	Providers []string          // ends of provider addresses, such as infisical/infisical
	Needs     map[string]string // attribute names of ours by names of theirs
	Takes     map[string]string // the same for attributes that may be missing
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

// unread is the private key of a state that was moved and has not been read since.
const unread = "unread"

// MoveState moves the state. It runs before the provider is configured, so that it cannot call the API.
func (r *ResourceAdapter[M]) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		for _, m := range r.def.Moves {
			if m.isOf(req) {
				m.move(ctx, r.displayName(), req, resp)
			}
		}
	}}}
}

// isOf reports whether m is for the source. It ignores the host, which differs with OpenTofu.
func (m Move) isOf(req resource.MoveStateRequest) bool {
	return req.SourceTypeName == m.Type && slices.ContainsFunc(m.Providers, func(end string) bool {
		return strings.HasSuffix(req.SourceProviderAddress, "/"+end)
	})
}

func (m Move) move(ctx context.Context, what string, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	source := map[string]any{}
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
		resp.Diagnostics.AddError("Could not move the "+what, "The state of the "+m.Type+" cannot be decoded. Refresh it with its own provider and retry.")
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
			resp.Diagnostics.AddError("Could not move the "+what, fmt.Sprintf("The state of the %s (schema version %d) has no %s, which identifies the %s. "+
				"Refresh it with its own provider and retry, or remove it with a removed block and import the %s.", m.Type, req.SourceSchemaVersion, theirs, what, what))
		}
	}
	resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, unread, []byte("true"))...)
}

// rejectUnread adds the error of a plan that would compare with an incomplete state.
func (r *ResourceAdapter[M]) rejectUnread(diags *diag.Diagnostics) {
	diags.AddError("The moved "+r.displayName()+" needs a refresh", "Its state is incomplete after the move, so every attribute would be shown as changed. "+
		"Plan without -refresh=false, and with a provider configuration that is known at plan.")
}
