// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// Action defines an action by its configuration M.
type Action[M any] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Plan   func(ctx context.Context, c *client.Client, config *M) (string, error)              // what would be done now
	Invoke func(ctx context.Context, c *client.Client, config *M, progress func(string)) error // says in its error what was done before it
}

// New makes the action for a provider.
func (d Action[M]) New() action.Action {
	return &Invoked[M]{piece{name: d.Name, plain: func(raw tftypes.Value) tfsdk.State { return tfsdk.State{Raw: raw, Schema: d.Schema()} }}, d}
}

// Invoked is what the driver makes of a definition.
type Invoked[M any] struct {
	piece
	def Action[M]
}

// Metadata names the action.
func (a *Invoked[M]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.def.Name
}

// Schema is the definition's.
func (a *Invoked[M]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = a.def.Schema()
}

// Configure takes the provider's client.
func (a *Invoked[M]) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.configure(req.ProviderData)
}

// ModifyPlan says what would be done, as a warning: a plan of an action has no other place for it. It
// says nothing while something is unknown.
func (a *Invoked[M]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if a.client == nil || !req.Config.Raw.IsFullyKnown() {
		return
	}
	if model, ok := decode[M](ctx, &a.piece, req.Config, &resp.Diagnostics); ok {
		would, err := a.def.Plan(ctx, a.client, &model)
		if err != nil {
			a.complain(&resp.Diagnostics, err)
			return
		}
		resp.Diagnostics.AddWarning("The action would "+a.words(), would)
	}
}

// Invoke reports each step as it is done.
func (a *Invoked[M]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	if model, ok := decode[M](ctx, &a.piece, req.Config, &resp.Diagnostics); ok {
		progress := func(done string) { resp.SendProgress(action.InvokeProgressEvent{Message: done}) }
		if err := a.def.Invoke(ctx, a.client, &model, progress); err != nil {
			a.complain(&resp.Diagnostics, err)
		}
	}
}

// complain adds an error. The name of an action is what it does.
func (a *Invoked[M]) complain(diags *diag.Diagnostics, err error) {
	diags.AddError("Could not "+a.words(), client.Explain(err))
}
