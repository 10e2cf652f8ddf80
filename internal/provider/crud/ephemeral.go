// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// Lease is an open credential. Terraform keeps it in memory, as JSON.
type Lease[L any] interface {
	RenewAt(now time.Time) time.Time                        // returns a time after now, or zero for never
	Renew(ctx context.Context, c *client.Client) (L, error) // an error becomes a warning; RenewAt returns when to retry
	Close(ctx context.Context, c *client.Client) error      // not called after failed or interrupted runs
}

// Ephemeral defines an ephemeral resource by its model M and its lease L.
type Ephemeral[M any, L Lease[L]] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Open   func(ctx context.Context, c *client.Client, config *M) (L, error)
}

// Adapter returns the ephemeral resource for embedding.
func (d Ephemeral[M, L]) Adapter() *EphemeralAdapter[M, L] {
	return &EphemeralAdapter[M, L]{base{name: d.Name, empty: tfsdk.State{Schema: d.Schema()}}, d}
}

// EphemeralAdapter implements an ephemeral resource from its definition.
type EphemeralAdapter[M any, L Lease[L]] struct {
	base
	def Ephemeral[M, L]
}

// Metadata sets the type name.
func (e *EphemeralAdapter[M, L]) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + e.def.Name
}

// Schema returns the definition's schema with the timeouts block.
func (e *EphemeralAdapter[M, L]) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = e.def.Schema()
	resp.Schema.Blocks = withTimeouts[schema.Block](resp.Schema.Blocks, schema.SingleNestedBlock{Attributes: map[string]schema.Attribute{
		"open": schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription("opening"), Validators: timeoutValidators},
	}})
}

// Configure stores the provider's client.
func (e *EphemeralAdapter[M, L]) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.configure(req.ProviderData)
}

// Open opens the lease. Terraform calls it in a plan and again in an apply.
func (e *EphemeralAdapter[M, L]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var lease L
	v := e.values(req.Config.Raw)
	if run(ctx, &e.base, v, &resp.Diagnostics, e.the("open"), "open", func(ctx context.Context, m *M) (err error) {
		lease, err = e.def.Open(ctx, e.client, m)
		return err
	}) {
		resp.Result.Raw = v.whole()
		resp.RenewAt = lease.RenewAt(time.Now())
		keep(ctx, resp.Private, lease, &resp.Diagnostics)
	}
}

// Renew renews the lease. A failure is a warning, since the lease may outlive the run anyway.
func (e *EphemeralAdapter[M, L]) Renew(ctx context.Context, req ephemeral.RenewRequest, resp *ephemeral.RenewResponse) {
	lease, ok := e.recall(ctx, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	lease, err := lease.Renew(ctx, e.client)
	if err != nil {
		e.warn(ctx, &resp.Diagnostics, "renew", err)
	}
	resp.RenewAt = lease.RenewAt(time.Now())
	keep(ctx, resp.Private, lease, &resp.Diagnostics)
}

// Close closes the lease. A failure is a warning, since open leases are revoked when the provider exits.
func (e *EphemeralAdapter[M, L]) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	if lease, ok := e.recall(ctx, req.Private, &resp.Diagnostics); ok {
		if err := lease.Close(ctx, e.client); err != nil {
			e.warn(ctx, &resp.Diagnostics, "close", err)
		}
	}
}

func (e *EphemeralAdapter[M, L]) warn(ctx context.Context, diags *diag.Diagnostics, verb string, err error) {
	tflog.Warn(ctx, "Could not "+e.the(verb), map[string]any{"error": err.Error()}) // some versions of Terraform do not show warnings of a renewal
	var failed diag.Diagnostics
	e.report(ctx, &failed, e.the(verb), err)
	for _, d := range failed {
		diags.AddWarning(d.Summary(), d.Detail())
	}
}

// recall returns the stored lease, and whether the API can be called with it.
func (e *EphemeralAdapter[M, L]) recall(ctx context.Context, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}, diags *diag.Diagnostics) (lease L, ok bool) {
	encoded, failed := private.GetKey(ctx, "lease")
	diags.Append(failed...)
	if err := json.Unmarshal(encoded, &lease); err != nil {
		diags.AddError("Could not decode the ephemeral resource", err.Error())
	}
	return lease, e.requireClient(diags) && !diags.HasError()
}

// keep stores the lease in the private data.
func keep(ctx context.Context, private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}, lease any, diags *diag.Diagnostics) {
	encoded, err := json.Marshal(lease)
	if err != nil {
		diags.AddError("Could not encode the ephemeral resource", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, "lease", encoded)...)
}
