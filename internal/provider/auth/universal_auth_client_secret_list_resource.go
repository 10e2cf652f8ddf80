// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ClientSecretListResource is the list resource machineid_universal_auth_client_secret.
var ClientSecretListResource = crud.List[clientSecretModel, clientSecretFilter]{
	Of:     universalAuthClientSecretResource,
	Schema: clientSecretListSchema,
	Each: func(ctx context.Context, c *client.Client, config *clientSecretFilter) iter.Seq2[crud.ListRow[clientSecretModel], error] {
		return crud.Rows(crud.Each(config.list(ctx, c)), func(found api.ClientSecret) crud.ListRow[clientSecretModel] {
			return crud.ListRow[clientSecretModel]{Name: shownSecret(found), Fill: func(m *clientSecretModel) {
				m.IdentityID, m.ID = config.IdentityID, types.StringValue(found.ID)
			}}
		})
	},
}

func clientSecretListSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"identity_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "ID of the identity, which must have Universal Auth.", Validators: []validator.String{attribute.IdentityIDs()},
		},
		"unused": schema.BoolAttribute{Optional: true, MarkdownDescription: unusedDescription},
	}
	for name, filter := range clientSecretFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.Description, Validators: filter.Validators}
	}
	return schema.Schema{
		MarkdownDescription: "Finds client secrets of an identity that are not revoked, all of them or those that filters match. The secrets themselves are not included: servers return them only once.",
		Attributes:          attributes,
	}
}

// shownSecret returns the prefix and the description of a client secret, for display.
func shownSecret(s api.ClientSecret) string {
	return fmt.Sprintf("%s… %q", s.ClientSecretPrefix, s.Description)
}
