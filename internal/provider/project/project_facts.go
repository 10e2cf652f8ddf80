// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// projectAttributes holds the attributes that the resource and the data source of a project share.
type projectAttributes struct {
	ID               types.String `tfsdk:"id"`
	Name             types.String `tfsdk:"name"`
	Slug             types.String `tfsdk:"slug"`
	Description      types.String `tfsdk:"description"`
	Type             types.String `tfsdk:"type"`
	DeleteProtection types.Bool   `tfsdk:"delete_protection"`
	Environments     types.List   `tfsdk:"environments"`
}

var environmentType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "name": types.StringType, "slug": types.StringType}}

// read sets the attributes from a response. Older servers do not return every field.
func (m *projectAttributes) read(answer api.Project) {
	m.ID = types.StringValue(answer.ID)
	m.Name = types.StringValue(answer.Name)
	m.Slug = types.StringValue(answer.Slug)
	m.Description = attribute.Returned(types.StringPointerValue(answer.Description), m.Description, types.StringValue(""))
	m.DeleteProtection = attribute.Returned(types.BoolPointerValue(answer.HasDeleteProtection), m.DeleteProtection, types.BoolValue(false))
	m.Type = attribute.Returned(types.StringNull(), m.Type, types.StringValue(api.SecretManager))
	if answer.Type != "" {
		m.Type = types.StringValue(answer.Type)
	}
	list := []attr.Value{}
	for _, e := range answer.Environments {
		list = append(list, types.ObjectValueMust(environmentType.AttrTypes, map[string]attr.Value{
			"id": types.StringValue(e.ID), "name": types.StringValue(e.Name), "slug": types.StringValue(e.Slug),
		}))
	}
	m.Environments = types.ListValueMust(environmentType, list)
}

// checkStored returns an error if an older server ignored an attribute that is not the default.
func (m *projectAttributes) checkStored(answer api.Project) error {
	switch {
	case answer.Description == nil && m.Description.ValueString() != "":
		return errors.New("this server does not support descriptions of projects; update it, or remove description")
	case answer.HasDeleteProtection == nil && m.DeleteProtection.ValueBool():
		return errors.New("this server does not support delete protection of projects; update it, or remove delete_protection")
	case answer.Type == "" && m.Type.ValueString() != api.SecretManager:
		return errors.New("this server does not support types of projects; update it, or remove type")
	}
	return nil
}
