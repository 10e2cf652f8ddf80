// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type document struct {
	FormatVersion   string                    `json:"format_version"`
	ProviderSchemas map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Provider           schema              `json:"provider"`
	Resources          map[string]schema   `json:"resource_schemas,omitempty"`
	DataSources        map[string]schema   `json:"data_source_schemas,omitempty"`
	EphemeralResources map[string]schema   `json:"ephemeral_resource_schemas,omitempty"`
	ListResources      map[string]schema   `json:"list_resource_schemas,omitempty"`
	Actions            map[string]schema   `json:"action_schemas,omitempty"`
	Functions          map[string]function `json:"functions,omitempty"`
	Identities         map[string]identity `json:"resource_identity_schemas,omitempty"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes      map[string]attribute   `json:"attributes,omitempty"`
	BlockTypes      map[string]nestedBlock `json:"block_types,omitempty"`
	Description     string                 `json:"description,omitempty"`
	DescriptionKind string                 `json:"description_kind"`
	Deprecated      bool                   `json:"deprecated,omitempty"`
}

type nestedBlock struct {
	NestingMode string `json:"nesting_mode"`
	Block       block  `json:"block"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type            tftypes.Type `json:"type,omitempty"`
	NestedType      *nestedType  `json:"nested_type,omitempty"`
	Description     string       `json:"description,omitempty"`
	DescriptionKind string       `json:"description_kind"`
	Deprecated      bool         `json:"deprecated,omitempty"`
	Required        bool         `json:"required,omitempty"`
	Optional        bool         `json:"optional,omitempty"`
	Computed        bool         `json:"computed,omitempty"`
	Sensitive       bool         `json:"sensitive,omitempty"`
	WriteOnly       bool         `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes  map[string]attribute `json:"attributes"`
	NestingMode string               `json:"nesting_mode"`
}

type function struct {
	Summary           string       `json:"summary,omitempty"`
	Description       string       `json:"description,omitempty"`
	Deprecation       string       `json:"deprecation_message,omitempty"`
	ReturnType        tftypes.Type `json:"return_type"`
	Parameters        []parameter  `json:"parameters,omitempty"`
	VariadicParameter *parameter   `json:"variadic_parameter,omitempty"`
}

type parameter struct {
	Name        string       `json:"name,omitempty"`
	Description string       `json:"description,omitempty"`
	IsNullable  bool         `json:"is_nullable,omitempty"`
	Type        tftypes.Type `json:"type"`
}

type identity struct {
	Version    int64                        `json:"version"`
	Attributes map[string]identityAttribute `json:"attributes"`
}

type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}

func convert(from *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse, needed recorded) providerSchema {
	return providerSchema{
		Provider:           convertSchema(from.Provider),
		Resources:          described(from.ResourceSchemas, needed["resources"]),
		DataSources:        described(from.DataSourceSchemas, needed["data-sources"]),
		EphemeralResources: described(from.EphemeralResourceSchemas, needed["ephemeral-resources"]),
		ListResources:      described(from.ListResourceSchemas, needed["list-resources"]),
		Actions:            described(each(from.ActionSchemas, func(a *tfprotov6.ActionSchema) *tfprotov6.Schema { return a.Schema }), needed["actions"]),
		Functions:          each(from.Functions, convertFunction),
		Identities:         each(identities.IdentitySchemas, convertIdentity),
	}
}

// each returns a map with converted values.
func each[From, To any](from map[string]From, convert func(From) To) map[string]To {
	to := make(map[string]To, len(from))
	for name, value := range from {
		to[name] = convert(value)
	}
	return to
}

// described converts schemas and adds the permissions of their runs.
func described(from map[string]*tfprotov6.Schema, needed map[string]runs) map[string]schema {
	to := each(from, convertSchema)
	for name, s := range to {
		to[name] = withPermissions(s, needed[name])
	}
	return to
}

func convertSchema(from *tfprotov6.Schema) schema {
	return schema{Version: from.Version, Block: convertBlock(from.Block)}
}

func convertBlock(from *tfprotov6.SchemaBlock) block {
	to := block{
		Attributes:      convertAttributes(from.Attributes),
		BlockTypes:      map[string]nestedBlock{},
		Description:     from.Description,
		DescriptionKind: kind(from.DescriptionKind),
		Deprecated:      from.Deprecated,
	}
	for _, b := range from.BlockTypes {
		to.BlockTypes[b.TypeName] = nestedBlock{
			NestingMode: strings.ToLower(b.Nesting.String()),
			Block:       convertBlock(b.Block),
			MinItems:    b.MinItems,
			MaxItems:    b.MaxItems,
		}
	}
	return to
}

func convertAttributes(from []*tfprotov6.SchemaAttribute) map[string]attribute {
	to := make(map[string]attribute, len(from))
	for _, a := range from {
		converted := attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: kind(a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if nested := a.NestedType; nested != nil {
			converted.NestedType = &nestedType{
				Attributes:  convertAttributes(nested.Attributes),
				NestingMode: strings.ToLower(nested.Nesting.String()),
			}
		}
		to[a.Name] = converted
	}
	return to
}

func convertFunction(from *tfprotov6.Function) function {
	to := function{
		Summary:     from.Summary,
		Description: from.Description,
		Deprecation: from.DeprecationMessage,
		ReturnType:  from.Return.Type,
	}
	for _, p := range from.Parameters {
		to.Parameters = append(to.Parameters, convertParameter(p))
	}
	if from.VariadicParameter != nil {
		variadic := convertParameter(from.VariadicParameter)
		to.VariadicParameter = &variadic
	}
	return to
}

func convertParameter(from *tfprotov6.FunctionParameter) parameter {
	return parameter{Name: from.Name, Description: from.Description, IsNullable: from.AllowNullValue, Type: from.Type}
}

func convertIdentity(from *tfprotov6.ResourceIdentitySchema) identity {
	to := identity{Version: from.Version, Attributes: map[string]identityAttribute{}}
	for _, a := range from.IdentityAttributes {
		to.Attributes[a.Name] = identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return to
}

func kind(of tfprotov6.StringKind) string {
	return strings.ToLower(of.String())
}
