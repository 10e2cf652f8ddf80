// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package auth has the auth methods of identities, their client secrets and access tokens, and the
// actions on them. A resource of an auth method is a value of the type method.
package auth

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// method defines the resource of an auth method. M is its model, R the request and W the configuration
// in a response.
type method[M, R any, W client.MethodConfig, P methodModel[M, R, W]] struct {
	client.AuthMethod[R, W]

	name        string // "oidc_auth"; the official provider's type is identity_oidc_auth
	title       string // in descriptions: "OIDC auth"
	description string
	attributes  func() map[string]schema.Attribute // beside those of all methods; nil: none
	fields      map[string]path.Path               // see crud.Resource
	feature     *client.Feature                    // see crud.Resource
	requires    []crud.Requirement                 // see crud.Resource
}

// methodModel is a pointer to a model, which embeds methodCommon.
type methodModel[M, R, W any] interface {
	*M
	common() *methodCommon
	request(prior *M) R         // what differs from the prior, of all attributes
	read(config W)              // sets the attributes that only this method has
	unsupported(config W) error // reports what an older server has ignored; nil for nothing
}

// methodCommon has the attributes of all auth methods.
type methodCommon struct {
	ID         types.String `tfsdk:"id"`
	IdentityID types.String `tfsdk:"identity_id"`
	accessTokenSettings
}

func (m *methodCommon) common() *methodCommon { return m }

func (m *methodCommon) readCommon(config api.AuthMethod) {
	m.ID = types.StringValue(config.ID)
	m.IdentityID = types.StringValue(config.IdentityID)
	m.accessTokenSettings.read(config.TokenSettings)
}

// resource returns the resource, which checks the TTLs at plan.
func (d method[M, R, W, P]) resource() checkedTTL[M] {
	return checkedTTL[M]{crud.Resource[M]{
		Name: d.name, Schema: d.schema,
		Create: d.create, Read: d.refresh, Update: d.update, Delete: d.delete,
		Import: []string{"identity_id"},
		Moves:  crud.MovesFromOfficial("identity_"+d.name, map[string]string{"identity_id": "identity_id"}, nil),
		Fields: d.fields, Feature: d.feature, Requires: d.requires,
	}.Adapter()}
}

func (d method[M, R, W, P]) schema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"id":          attribute.ComputedOnce("ID of this " + d.title + "."),
		"identity_id": attribute.IdentityID("A change replaces the " + d.title + "."),
	}
	maps.Copy(attributes, accessTokenSettingsAttributes())
	if d.attributes != nil {
		maps.Copy(attributes, d.attributes())
	}
	return schema.Schema{MarkdownDescription: d.description, Attributes: attributes}
}

func (d method[M, R, W, P]) create(ctx context.Context, c *client.Client, m *M) error {
	config, err := d.Attach(ctx, c, P(m).common().IdentityID.ValueString(), P(m).request(new(M)))
	return written(P(m), config, err)
}

func (d method[M, R, W, P]) update(ctx context.Context, c *client.Client, prior, m *M) error {
	config, err := d.Update(ctx, c, P(m).common().IdentityID.ValueString(), P(m).request(prior))
	return written(P(m), config, err)
}

// written reads the response of a change.
func written[M, R any, W client.MethodConfig, P methodModel[M, R, W]](m P, config W, err error) error {
	if err != nil {
		return err
	}
	readInto(m, config)
	return m.unsupported(config)
}

func readInto[M, R any, W client.MethodConfig, P methodModel[M, R, W]](m P, config W) {
	m.common().readCommon(config.Common())
	m.read(config)
}

// refresh reads the settings, unless the provider is configured to read only the existence: then the
// state stays as it is. An import has no state yet, and may name the identity instead of its ID.
func (d method[M, R, W, P]) refresh(ctx context.Context, c *client.Client, m *M) error {
	identity, imported := P(m).common().IdentityID.ValueString(), P(m).common().ID.IsNull()
	if !imported {
		config, err := d.Refresh(ctx, c, identity)
		if err == nil && config != nil {
			readInto(P(m), *config)
		}
		return err
	}
	id, err := lookup.IdentityID(ctx, c, identity)
	if err != nil {
		return err
	}
	config, err := d.Get(ctx, c, id)
	if err == nil {
		readInto(P(m), config)
	}
	return err
}

func (d method[M, R, W, P]) delete(ctx context.Context, c *client.Client, m *M) error {
	return d.Remove(ctx, c, P(m).common().IdentityID.ValueString())
}
