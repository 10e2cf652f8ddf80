// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import "github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"

// words are names of our attributes, by what they are called elsewhere.
type words map[string]string

// official is a type of the official provider, under its own address and under ours, which it has
// after `terraform state replace-provider`. Every version of their schemas so far is 0.
func official(kind string, needs, takes words) []crud.Move {
	return []crud.Move{{
		Type: "infisical_" + kind, Providers: []string{"infisical/infisical", "seed-54b7b333/machineid"},
		Needs: needs, Takes: takes,
	}}
}
