// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// Action defines an action by its configuration M.
type Action[M any] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Plan   func(ctx context.Context, c *client.Client, config *M) (string, error)              // returns a summary of what Invoke would do
	Invoke func(ctx context.Context, c *client.Client, config *M, progress func(string)) error // an error names what was already done
}

// New returns the action.
func (d Action[M]) New() action.Action {
	return &actionAdapter[M]{base{name: d.Name, empty: tfsdk.State{Schema: d.Schema()}}, d}
}

// actionAdapter implements an action from its definition. The name of an action is a verb phrase.
type actionAdapter[M any] struct {
	base
	def Action[M]
}

func (a *actionAdapter[M]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.def.Name
}

func (a *actionAdapter[M]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = a.def.Schema()
	resp.Schema.MarkdownDescription += " Takes Terraform 1.14 or newer. Older Terraform and OpenTofu refuse `action` blocks."
	resp.Schema.Blocks = withTimeouts[schema.Block](resp.Schema.Blocks, schema.SingleNestedBlock{Attributes: map[string]schema.Attribute{
		"invoke": schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription("invoking"), Validators: timeoutValidators},
	}})
}

func (a *actionAdapter[M]) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.configure(req.ProviderData)
}

// ModifyPlan shows what Invoke would do as a warning, since a plan has no other place for it. It shows
// nothing while a value is unknown.
func (a *actionAdapter[M]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if a.client == nil || !req.Config.Raw.IsFullyKnown() {
		return
	}
	var would string
	if run(ctx, &a.base, a.values(req.Config.Raw), &resp.Diagnostics, a.displayName(), "invoke", func(ctx context.Context, m *M) (err error) {
		would, err = a.def.Plan(ctx, a.client, m)
		return err
	}) {
		resp.Diagnostics.AddWarning("The action would "+a.displayName(), would)
	}
}

// Invoke reports each step as it is done.
func (a *actionAdapter[M]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	progress := func(done string) { resp.SendProgress(action.InvokeProgressEvent{Message: done}) }
	run(ctx, &a.base, a.values(req.Config.Raw), &resp.Diagnostics, a.displayName(), "invoke", func(ctx context.Context, m *M) error {
		return a.def.Invoke(ctx, a.client, m, progress)
	})
}
