// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

func metadataAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Key and value pairs: keys of 1 to 255 and values of 1 to 1020 characters, without white space at either end. All of the identity's metadata is managed, by `{}`, too: what was added elsewhere is shown as a change and removed. " +
			"Default: none; then a plan does not look for what was added elsewhere, so that it can read many identities at once, and shows it where it happens to be seen. Where a server holds a key twice, the second is shown as `key (2)`. Changed in place.",
		Validators: []validator.Map{
			mapvalidator.NoNullValues(),
			mapvalidator.KeysAre(stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()),
			mapvalidator.ValueStringsAre(stringvalidator.UTF8LengthBetween(1, 1020), attribute.Trimmed()),
		},
	}
}

// metadataPairs are the metadata as the API takes them, in the order of their keys; never nil.
func metadataPairs(metadata map[string]types.String) []api.Metadata {
	pairs := []api.Metadata{}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		pairs = append(pairs, api.Metadata{Key: key, Value: metadata[key].ValueString()})
	}
	return pairs
}

// changedMetadata returns the metadata of an update, or nil if it leaves the metadata as it is. A first
// map takes over all metadata, an empty one included; removing the map removes what the plan shows.
func changedMetadata(prior, planned map[string]types.String) *[]api.Metadata {
	if maps.Equal(prior, planned) && (prior != nil || planned == nil) {
		return nil
	}
	return new(metadataPairs(planned))
}

// answeredMetadata are those of an answer. Where it has none, or does not tell (nil), no metadata and
// empty metadata stay what they are.
func answeredMetadata(answer []api.Metadata, prior map[string]types.String) map[string]types.String {
	if answer == nil || len(answer) == 0 && len(prior) == 0 {
		return prior
	}
	return metadataMap(answer)
}

// metadataMap shows every pair: a key that the API holds again gets a number, so that it is seen
// as a change and not hidden behind the first.
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
