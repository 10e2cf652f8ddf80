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

// unread marks a state that was moved here and has not been read since.
const unread = "unread"

// MoveState runs before the provider is configured, so that no server can be asked.
func (r *Managed[M]) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		for _, m := range r.def.Moves {
			if m.is(req) {
				resp.Diagnostics.Append(m.move(ctx, r.words(), req, resp)...)
			}
		}
	}}}
}

// is compares no host: OpenTofu's registry is another one.
func (m Move) is(req resource.MoveStateRequest) bool {
	return req.SourceTypeName == m.Type && slices.ContainsFunc(m.Providers, func(end string) bool {
		return strings.HasSuffix(req.SourceProviderAddress, "/"+end)
	})
}

func (m Move) move(ctx context.Context, what string, req resource.MoveStateRequest, resp *resource.MoveStateResponse) diag.Diagnostics {
	var diags diag.Diagnostics
	source := map[string]any{}
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
		diags.AddError("Could not move the "+what, "The state of the "+m.Type+" cannot be read. Refresh it with the provider that it is from, in a version that still knows it, and try again.")
		return diags
	}
	take := func(theirs, ours string) bool {
		value, _ := source[theirs].(string)
		if value != "" {
			diags.Append(resp.TargetState.SetAttribute(ctx, path.Root(ours), value)...)
		}
		return value != ""
	}
	for theirs, ours := range m.Takes {
		take(theirs, ours)
	}
	for theirs, ours := range m.Needs {
		if !take(theirs, ours) {
			diags.AddError("Could not move the "+what, fmt.Sprintf("The state of the %s (version %d of its schema) has no %s, by which the %s is found. "+
				"Refresh it with the provider that it is from and try again; or take it out of the state with a removed block, and import the %s.", m.Type, req.SourceSchemaVersion, theirs, what, what))
		}
	}
	if !diags.HasError() {
		diags.Append(resp.TargetPrivate.SetKey(ctx, unread, []byte("true"))...)
	}
	return diags
}

// readNow takes the mark away.
func readNow(ctx context.Context, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}) diag.Diagnostics {
	if marked, _ := private.GetKey(ctx, unread); marked == nil {
		return nil
	}
	return private.SetKey(ctx, unread, nil)
}

// unreadSince is an error where a plan would compare with a state that is only known in part.
func unreadSince(ctx context.Context, what string, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}) diag.Diagnostics {
	marked, diags := private.GetKey(ctx, unread)
	if marked != nil {
		diags.AddError("The "+what+" was moved and not read yet", "What it is like on the server is not in the state yet, so that everything would look like a change. "+
			"Plan with a refresh (without -refresh=false), and with a configuration of the provider that is known at plan.")
	}
	return diags
}
