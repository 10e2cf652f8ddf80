// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

func metadataAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, Computed: true, ElementType: types.StringType,
		PlanModifiers: []planmodifier.Map{keepUnmanaged{}},
		MarkdownDescription: "Metadata of the identity: keys of 1 to 255 and values of 1 to 1020 characters, without white space at either end. The map, also `{}`, manages all metadata: a plan shows pairs that were added elsewhere as a change, and the apply removes them. " +
			"Default: metadata is not managed, so it is neither read nor changed, and a plan reads many identities at once. A plan that begins to manage metadata warns of pairs that it removes. Removing the map from the configuration keeps the metadata; `{}` deletes it. If a server has a key twice, the second is shown as `key (2)`. Changed in place.",
		Validators: []validator.Map{
			mapvalidator.NoNullValues(),
			mapvalidator.KeysAre(stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()),
			mapvalidator.ValueStringsAre(stringvalidator.UTF8LengthBetween(1, 1020), attribute.Trimmed()),
		},
	}
}

// keepUnmanaged plans metadata that the configuration does not manage as it is in the state: null, or
// what an import or a configuration that had a map left there.
type keepUnmanaged struct{}

func (keepUnmanaged) Description(context.Context) string {
	return "Keeps metadata that is not in the configuration."
}

func (m keepUnmanaged) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepUnmanaged) PlanModifyMap(_ context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// metadataPairs converts metadata for a request, in the order of the keys. It never returns nil.
func metadataPairs(metadata map[string]types.String) []api.Metadata {
	pairs := []api.Metadata{}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		pairs = append(pairs, api.Metadata{Key: key, Value: metadata[key].ValueString()})
	}
	return pairs
}

// changedMetadata returns the metadata of an update, or nil if it leaves the metadata as it is. A first
// map takes over all metadata, an empty one included.
func changedMetadata(prior, planned map[string]types.String) *[]api.Metadata {
	if planned == nil || prior != nil && maps.Equal(prior, planned) {
		return nil
	}
	return new(metadataPairs(planned))
}

// metadataResource warns of metadata that Terraform has not managed so far and that a plan removes. The
// state cannot show it: a plan begins to manage metadata by its configuration, which a refresh does not
// see.
type metadataResource[M any] struct {
	crud.Protected[M]
	metadata func(ctx context.Context, c *client.Client, state func(attribute string) string) ([]api.Metadata, error)
}

func (r metadataResource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Protected.ModifyPlan(ctx, req, resp)
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || r.Client() == nil || !r.Client().HasCredentials() {
		return
	}
	var prior, planned types.Map
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("metadata"), &prior)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("metadata"), &planned)...)
	if !prior.IsNull() || planned.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	pairs, err := r.metadata(ctx, r.Client(), func(attribute string) string {
		var text types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(attribute), &text)...)
		return text.ValueString()
	})
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("metadata"), "Could not read the metadata", client.Explain(err))
		return
	}
	if removed := removedMetadata(metadataMap(pairs), planned); len(removed) > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("metadata"), "The plan removes unmanaged metadata",
			"The identity has metadata that this configuration did not manage so far, and that the apply removes or replaces: "+strings.Join(removed, ", ")+". Add it to metadata to keep it.")
	}
}

// removedMetadata lists the pairs that a plan does not keep.
func removedMetadata(stored map[string]types.String, planned types.Map) []string {
	var removed []string
	for _, key := range slices.Sorted(maps.Keys(stored)) {
		kept, ok := planned.Elements()[key]
		if !planned.IsUnknown() && (!ok || !kept.IsUnknown() && !kept.Equal(stored[key])) {
			removed = append(removed, fmt.Sprintf("%s = %q", key, stored[key].ValueString()))
		}
	}
	return removed
}

// returnedMetadata maps the metadata of a response. If that has none or does not contain metadata (nil),
// null and an empty map stay what they are.
func returnedMetadata(response []api.Metadata, prior map[string]types.String) map[string]types.String {
	if response == nil || len(response) == 0 && len(prior) == 0 {
		return prior
	}
	return metadataMap(response)
}

// metadataMap maps every pair. A repeated key gets a number, so that a plan shows it as a change.
func metadataMap(pairs []api.Metadata) map[string]types.String {
	shown := map[string]types.String{}
	for _, pair := range pairs {
		key := pair.Key
		for n := 2; !shown[key].IsNull(); n++ {
			key = fmt.Sprintf("%s (%d)", pair.Key, n)
		}
		shown[key] = types.StringValue(pair.Value)
	}
	return shown
}
