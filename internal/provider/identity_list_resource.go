// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var identityListResource = crud.List[identityModel, identityFilter]{
	Of:     identityResource,
	Schema: identityListSchema,
	Each: func(ctx context.Context, c *client.Client, config *identityFilter) iter.Seq2[crud.Listed[identityModel], error] {
		return shownAs(config.each(ctx, c), func(found api.IdentityMembership) crud.Listed[identityModel] {
			return crud.Listed[identityModel]{Name: found.Identity.Name, Fill: func(m *identityModel) { m.ID = types.StringValue(found.IdentityID) }}
		})
	},
}

// queryFloor ends the description of every list resource.
const queryFloor = " For `terraform query`, which takes Terraform 1.14 or newer; OpenTofu has none."

func identityListSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"metadata": schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: metadataFilterDescription},
	}
	for name, filter := range identityFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.description, Validators: filter.validators}
	}
	return schema.Schema{
		MarkdownDescription: "Finds identities of the organisation, all of them or those that filters match. With `include_resource = true` each is read by itself: that is a request each." + queryFloor,
		Attributes:          attributes,
	}
}

// shownAs are rows as the driver takes them.
func shownAs[T, M any](rows iter.Seq2[T, error], show func(T) crud.Listed[M]) iter.Seq2[crud.Listed[M], error] {
	return func(yield func(crud.Listed[M], error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(crud.Listed[M]{}, err)
				return
			}
			if !yield(show(row), nil) {
				return
			}
		}
	}
}

// rowsOf goes through a listing that has no pages.
func rowsOf[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, row := range list {
			if !yield(row, nil) {
				return
			}
		}
	}
}
