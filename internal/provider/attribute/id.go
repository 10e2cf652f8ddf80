// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// IdentityIDs accepts IDs of identities, and for a name refers to the data source.
func IdentityIDs() validator.String { return findsByName("identity") }

// ProjectIDs accepts IDs of projects, and for a name refers to the data source.
func ProjectIDs() validator.String { return findsByName("project") }

// IDsOr accepts IDs. The hint describes how to find the object by something else.
func IDsOr(hint string) validator.String { return isID{hint} }

func findsByName(object string) validator.String {
	return isID{"Refer to the id of its resource, or find it by its name: data \"machineid_" + object + "\" \"x\" { name = \"…\" }, then data.machineid_" + object + ".x.id."}
}

// ProjectID returns the required attribute project_id, whose change replaces the object.
func ProjectID(change string) schema.StringAttribute {
	return fixedID(ProjectIDs(), "ID of the project. "+change)
}

// IdentityID returns the required attribute identity_id, whose change replaces the object.
func IdentityID(change string) schema.StringAttribute {
	return FixedIdentityID("ID of the identity. " + change)
}

// FixedIdentityID returns the required ID of an identity, whose change replaces the object.
func FixedIdentityID(description string) schema.StringAttribute {
	return fixedID(IdentityIDs(), description)
}

func fixedID(ids validator.String, description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{ids},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// isID accepts UUIDs as servers write them. Another spelling would differ from the one of the state.
type isID struct{ hint string }

var idForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (isID) Description(context.Context) string { return "must be an ID, which is a lower-case UUID" }

func (v isID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v isID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	switch {
	case req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || idForm.MatchString(text):
	case idForm.MatchString(strings.ToLower(text)):
		resp.Diagnostics.AddAttributeError(req.Path, "ID in upper case",
			"Servers write IDs in lower case. Write "+strconv.Quote(strings.ToLower(text))+" for "+PathName(req.Path)+".")
	default:
		resp.Diagnostics.AddAttributeError(req.Path, "Not an ID",
			"Attribute "+PathName(req.Path)+" is "+strconv.Quote(text)+", and an ID is a UUID. "+v.hint)
	}
}
