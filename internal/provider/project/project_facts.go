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

// projectFacts are what a project's resource and data source show.
type projectFacts struct {
	ID               types.String `tfsdk:"id"`
	Name             types.String `tfsdk:"name"`
	Slug             types.String `tfsdk:"slug"`
	Description      types.String `tfsdk:"description"`
	Type             types.String `tfsdk:"type"`
	DeleteProtection types.Bool   `tfsdk:"delete_protection"`
	Environments     types.List   `tfsdk:"environments"`
}

var environmentType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "name": types.StringType, "slug": types.StringType}}

// read takes over what the API answers; older servers leave out what they do not know.
func (m *projectFacts) read(answer api.Project) {
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

// tooMuchFor is the error where a server has dropped what it does not know.
func (m *projectFacts) tooMuchFor(answer api.Project) error {
	switch {
	case answer.Description == nil && m.Description.ValueString() != "":
		return errors.New("this server is older than the descriptions of projects; update it, or leave description out")
	case answer.HasDeleteProtection == nil && m.DeleteProtection.ValueBool():
		return errors.New("this server is older than the delete protection of projects; update it, or leave delete_protection out")
	case answer.Type == "" && m.Type.ValueString() != api.SecretManager:
		return errors.New("this server is older than the types of projects; update it, or leave type out")
	}
	return nil
}
