// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// DataSource defines a data source by its model M.
type DataSource[M any] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Read   func(ctx context.Context, c *client.Client, config *M) error
}

// New returns the data source.
func (d DataSource[M]) New() datasource.DataSource { return d.Adapter() }

// Adapter returns the data source for embedding.
func (d DataSource[M]) Adapter() *DataSourceAdapter[M] {
	return &DataSourceAdapter[M]{base{name: d.Name, empty: tfsdk.State{Schema: d.Schema()}}, d}
}

// DataSourceAdapter implements a data source from its definition.
type DataSourceAdapter[M any] struct {
	base
	def DataSource[M]
}

// Metadata sets the type name.
func (d *DataSourceAdapter[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.def.Name
}

// Schema returns the definition's schema with the timeouts block.
func (d *DataSourceAdapter[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.def.Schema()
	resp.Schema.Blocks = withTimeouts[schema.Block](resp.Schema.Blocks, schema.SingleNestedBlock{Attributes: map[string]schema.Attribute{
		"read": schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription("reading"), Validators: timeoutValidators},
	}})
}

// Configure stores the provider's client.
func (d *DataSourceAdapter[M]) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.configure(req.ProviderData)
}

// Read fetches the object.
func (d *DataSourceAdapter[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	v := d.values(req.Config.Raw)
	if run(ctx, &d.base, v, &resp.Diagnostics, d.the("read"), "read", func(ctx context.Context, m *M) error { return d.def.Read(ctx, d.client, m) }) {
		resp.State.Raw = v.whole()
	}
}
