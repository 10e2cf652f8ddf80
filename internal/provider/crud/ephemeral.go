// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// Lease is what was opened. Terraform keeps it as JSON, in memory.
type Lease[L any] interface {
	RenewAt(now time.Time) time.Time                        // after now, or the zero time for never
	Renew(ctx context.Context, c *client.Client) (L, error) // failing is a warning: RenewAt says when to try again
	Close(ctx context.Context, c *client.Client) error      // not called after failures and interrupts
}

// Ephemeral defines an ephemeral resource by its model M and its lease L.
type Ephemeral[M any, L Lease[L]] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Open   func(ctx context.Context, c *client.Client, config *M) (L, error)
}

// Leased makes the ephemeral resource for embedding.
func (d Ephemeral[M, L]) Leased() *Leased[M, L] {
	return &Leased[M, L]{piece{name: d.Name, plain: func(raw tftypes.Value) tfsdk.State { return tfsdk.State{Raw: raw, Schema: d.Schema()} }}, d}
}

// Leased is what the driver makes of a definition.
type Leased[M any, L Lease[L]] struct {
	piece
	def Ephemeral[M, L]
}

// Metadata names the ephemeral resource.
func (e *Leased[M, L]) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + e.def.Name
}

// Schema is the definition's, and the time-outs.
func (e *Leased[M, L]) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = e.def.Schema()
	block := timeouts.BlockWithOpts(ctx, openedTimeouts())
	if nested, ok := block.(schema.SingleNestedBlock); ok {
		nested.Validators = append(nested.Validators, areTimeouts{})
		block = nested
	}
	resp.Schema.Blocks = map[string]schema.Block{timeoutsBlock: block}
}

// Configure takes the provider's client.
func (e *Leased[M, L]) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.configure(req.ProviderData)
}

// Open runs at plan and at apply.
func (e *Leased[M, L]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var lease L
	v := e.values(req.Config.Raw)
	if run(ctx, &e.piece, v, &resp.Diagnostics, "open", "open", func(ctx context.Context, m *M) (err error) {
		lease, err = e.def.Open(ctx, e.client, m)
		return err
	}) {
		resp.Result.Raw = v.raw
		resp.RenewAt = lease.RenewAt(time.Now())
		resp.Diagnostics.Append(kept{resp.Private}.Set(ctx, lease)...)
	}
}

// Renew never fails a run: what was opened may live long enough.
func (e *Leased[M, L]) Renew(ctx context.Context, req ephemeral.RenewRequest, resp *ephemeral.RenewResponse) {
	lease, ok := decode[L](ctx, &e.piece, kept{req.Private}, &resp.Diagnostics)
	if !ok {
		return
	}
	lease, err := lease.Renew(ctx, e.client)
	if err != nil {
		e.warn(ctx, &resp.Diagnostics, "renew", err)
	}
	resp.RenewAt = lease.RenewAt(time.Now())
	resp.Diagnostics.Append(kept{resp.Private}.Set(ctx, lease)...)
}

// Close only warns: what is left open is closed when the provider is shut down.
func (e *Leased[M, L]) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	lease, ok := decode[L](ctx, &e.piece, kept{req.Private}, &resp.Diagnostics)
	if !ok {
		return
	}
	if err := lease.Close(ctx, e.client); err != nil {
		e.warn(ctx, &resp.Diagnostics, "close", err)
	}
}

func (e *Leased[M, L]) warn(ctx context.Context, diags *diag.Diagnostics, verb string, err error) {
	tflog.Warn(ctx, "Could not "+verb+" the "+e.def.Name, map[string]any{"error": err.Error()}) // not every Terraform shows warnings here
	var failed diag.Diagnostics
	e.report(ctx, &failed, verb, err)
	for _, d := range failed {
		diags.AddWarning(d.Summary(), d.Detail())
	}
}

// kept is a lease as Terraform keeps it.
type kept struct {
	private interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
}

func (k kept) Get(ctx context.Context, lease any) diag.Diagnostics {
	encoded, diags := k.private.GetKey(ctx, "lease")
	if err := json.Unmarshal(encoded, lease); err != nil {
		diags.AddError("Could not recall what was opened", err.Error())
	}
	return diags
}

func (k kept) Set(ctx context.Context, lease any) diag.Diagnostics {
	encoded, err := json.Marshal(lease)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Could not remember what was opened", err.Error())}
	}
	return k.private.SetKey(ctx, "lease", encoded)
}
