// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package providertest

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// Values are the attributes of a configuration: strings, Unknown, or Values again.
type Values map[string]any

// Unknown is a value that is known only after an apply.
var Unknown = tftypes.UnknownValue

// ObjectValue returns an object of the type; attributes that are not in from are null.
func ObjectValue(objectType tftypes.Object, from Values) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.AttributeTypes {
		switch given := from[name].(type) {
		case Values:
			nested, _ := attribute.(tftypes.Object)
			values[name] = ObjectValue(nested, given)
		default:
			values[name] = tftypes.NewValue(attribute, given)
		}
	}
	return tftypes.NewValue(objectType, values)
}

// DynamicValue encodes a configuration of the schema; nil is a null object.
func DynamicValue(t *testing.T, schema *tfprotov6.Schema, from Values) *tfprotov6.DynamicValue {
	t.Helper()
	objectType, _ := schema.ValueType().(tftypes.Object)
	object := tftypes.NewValue(objectType, nil)
	if from != nil {
		object = ObjectValue(objectType, from)
	}
	made, err := tfprotov6.NewDynamicValue(objectType, object)
	if err != nil {
		t.Fatal(err)
	}
	return &made
}

// Summaries returns the diagnostics as text, a line each.
func Summaries(lists ...[]*tfprotov6.Diagnostic) string {
	var all []string
	for _, list := range lists {
		for _, d := range list {
			at := ""
			if d.Attribute != nil {
				at = d.Attribute.String() + ": "
			}
			all = append(all, d.Severity.String()+" "+at+d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(all, "\n")
}

// Import imports an object by its ID or its identity, and returns its state and identity after the read.
func (p Protocol) Import(t *testing.T, kind, id string, identity Values) (tftypes.Value, *tfprotov6.ResourceIdentityData) {
	t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id}
	if identity != nil {
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: IdentityData(t, identity)}
	}
	made, err := p.ImportResourceState(t.Context(), req)
	if err != nil || len(made.Diagnostics) > 0 {
		t.Fatal(kind, id, err, Summaries(made.Diagnostics))
	}
	first := made.ImportedResources[0]
	read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: first.State, CurrentIdentity: first.Identity, Private: first.Private})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Fatal(kind, id, err, Summaries(read.Diagnostics))
	}
	value, err := read.NewState.Unmarshal(p.Schemas.ResourceSchemas[kind].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	return value, read.NewIdentity
}

// IdentityData encodes a resource identity.
func IdentityData(t *testing.T, identity Values) *tfprotov6.DynamicValue {
	t.Helper()
	object, values := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}, map[string]tftypes.Value{}
	for name, value := range identity {
		object.AttributeTypes[name], values[name] = tftypes.String, tftypes.NewValue(tftypes.String, value)
	}
	made, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &made
}

// Protocol sends a configured provider the requests of Terraform, for what a CLI does not show.
type Protocol struct {
	tfprotov6.ProviderServer
	Schemas *tfprotov6.GetProviderSchemaResponse
}

// Configure returns the provider with the configuration.
func Configure(t *testing.T, p *provider.Provider, config Values) Protocol {
	t.Helper()
	server := provider.NewServer(p)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: DynamicValue(t, schemas.Provider, config)})
	if err != nil || len(made.Diagnostics) > 0 {
		t.Fatal(err, Summaries(made.Diagnostics))
	}
	return Protocol{server, schemas}
}

// OpenAccessToken opens a machineid_access_token and returns its token too.
func (p Protocol) OpenAccessToken(t *testing.T, identity servertest.Identity, minimum any) (*tfprotov6.OpenEphemeralResourceResponse, string) {
	t.Helper()
	opened := p.OpenEphemeral(t, "machineid_access_token", Values{"client_id": identity.ClientID, "client_secret": identity.ClientSecret, "minimum_ttl": minimum})
	return opened, StringField(t, p.Schemas.EphemeralResourceSchemas["machineid_access_token"], opened.Result, "access_token")
}

// OpenEphemeral opens an ephemeral resource.
func (p Protocol) OpenEphemeral(t *testing.T, name string, config Values) *tfprotov6.OpenEphemeralResourceResponse {
	t.Helper()
	opened, err := p.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: DynamicValue(t, p.Schemas.EphemeralResourceSchemas[name], config)})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// Validate returns the diagnostics of a resource's configuration.
func (p Protocol) Validate(t *testing.T, name string, config Values) string {
	t.Helper()
	checked, err := p.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: DynamicValue(t, p.Schemas.ResourceSchemas[name], config)})
	if err != nil {
		t.Fatal(err)
	}
	return Summaries(checked.Diagnostics)
}

// RenewAccessToken renews a machineid_access_token.
func (p Protocol) RenewAccessToken(t *testing.T, private []byte) *tfprotov6.RenewEphemeralResourceResponse {
	t.Helper()
	renewed, err := p.RenewEphemeralResource(t.Context(), &tfprotov6.RenewEphemeralResourceRequest{TypeName: "machineid_access_token", Private: private})
	if err != nil {
		t.Fatal(err)
	}
	return renewed
}

// CloseAccessToken closes a machineid_access_token and returns the diagnostics.
func (p Protocol) CloseAccessToken(t *testing.T, private []byte) string {
	t.Helper()
	return p.CloseEphemeral(t, "machineid_access_token", private)
}

// CloseEphemeral closes an ephemeral resource and returns the diagnostics.
func (p Protocol) CloseEphemeral(t *testing.T, typeName string, private []byte) string {
	t.Helper()
	closed, err := p.CloseEphemeralResource(t.Context(), &tfprotov6.CloseEphemeralResourceRequest{TypeName: typeName, Private: private})
	if err != nil {
		t.Fatal(err)
	}
	return Summaries(closed.Diagnostics)
}

// StringField returns an attribute of an encoded object; empty where it is null or unknown.
func StringField(t *testing.T, schema *tfprotov6.Schema, object *tfprotov6.DynamicValue, name string) string {
	t.Helper()
	if object == nil {
		return ""
	}
	value, err := object.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	attributes, text := map[string]tftypes.Value{}, ""
	if err := errors.Join(value.As(&attributes)); err != nil {
		t.Fatal(err)
	}
	if attributes[name].IsKnown() && !attributes[name].IsNull() {
		if err := attributes[name].As(&text); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

// ListResult holds what a list resource returned: display names, identities and, if requested, resources.
type ListResult struct {
	Names       []string
	Identities  []*tfprotov6.ResourceIdentityData
	Resources   []tftypes.Value
	Diagnostics string
}

// List queries a list resource as `terraform query` does, and stops after so many results; 0 is all.
func (p Protocol) List(t *testing.T, kind string, config Values, include bool, limit int64, stop int) (got ListResult) {
	t.Helper()
	if config == nil {
		config = Values{}
	}
	lister, ok := p.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the server lists nothing")
	}
	sent := DynamicValue(t, p.Schemas.ListResourceSchemas[kind], config)
	valid, err := lister.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: kind, Config: sent})
	if err != nil || len(valid.Diagnostics) > 0 {
		t.Fatal(err, Summaries(valid.Diagnostics))
	}
	stream, err := lister.ListResource(t.Context(), &tfprotov6.ListResourceRequest{TypeName: kind, Config: sent, IncludeResource: include, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	for result := range stream.Results {
		got.Diagnostics += Summaries(result.Diagnostics)
		if result.Identity == nil {
			continue
		}
		got.Names = append(got.Names, result.DisplayName)
		got.Identities = append(got.Identities, result.Identity)
		if result.Resource != nil {
			value, err := result.Resource.Unmarshal(p.Schemas.ResourceSchemas[kind].ValueType())
			if err != nil {
				t.Fatal(err)
			}
			got.Resources = append(got.Resources, value)
		}
		if len(got.Names) == stop {
			break
		}
	}
	return got
}

// PlanAction plans an action and returns the diagnostics.
func (p Protocol) PlanAction(t *testing.T, kind string, config Values) string {
	t.Helper()
	actions, ok := p.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the server has no actions")
	}
	plan, err := actions.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind, Config: DynamicValue(t, p.Schemas.ActionSchemas[kind].Schema, config)})
	if err != nil {
		t.Fatal(err)
	}
	return Summaries(plan.Diagnostics)
}

// InvokeAction plans and invokes an action, and returns its progress and the diagnostics of both.
func (p Protocol) InvokeAction(t *testing.T, kind string, config Values) (progress []string, planned, said string) {
	t.Helper()
	actions, ok := p.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the server has no actions")
	}
	sent := DynamicValue(t, p.Schemas.ActionSchemas[kind].Schema, config)
	planned = p.PlanAction(t, kind, config)
	stream, err := actions.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: kind, Config: sent})
	if err != nil {
		t.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			said += Summaries(event.Diagnostics)
		}
	}
	return progress, planned, said
}
