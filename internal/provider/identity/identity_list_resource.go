// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// IdentityListResource defines the list resource machineid_identity.
var IdentityListResource = crud.List[identityModel, identityFilter]{
	Of:     identityResource,
	Schema: identityListSchema,
	Each: func(ctx context.Context, c *client.Client, config *identityFilter) iter.Seq2[crud.ListRow[identityModel], error] {
		return crud.Rows(config.each(ctx, c), func(found api.IdentityMembership) crud.ListRow[identityModel] {
			return crud.ListRow[identityModel]{Name: found.Identity.Name, Fill: func(m *identityModel) { m.ID = types.StringValue(found.IdentityID) }}
		})
	},
}

func identityListSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"metadata": schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: metadataFilterDescription},
	}
	for name, filter := range identityFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.Description, Validators: filter.Validators}
	}
	return schema.Schema{
		MarkdownDescription: "Lists identities of the organization: all, or those that match all filters. With `include_resource = true` it takes one more request for each identity.",
		Attributes:          attributes,
	}
}
