// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var oidcAuth = method[oidcAuthModel, api.OIDCAuthRequest, api.OIDCAuth, *oidcAuthModel]{
	AuthMethod: client.OIDCAuth, name: "oidc_auth", title: "OIDC auth",
	description: "OIDC auth of an identity: it lets the identity log in with a JWT that an OpenID Connect issuer, such as a CI, has signed for the job, so that no secret is stored anywhere. " +
		"The settings bind what the JWT must contain; [CI without stored secrets](../guides/ci-oidc) lists what to bind for GitHub Actions, GitLab and HCP Terraform. " +
		"The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. Changed in place; tokens that were issued before keep their life. Removing it ends the life of the tokens that it gave.",
	attributes: oidcAuthAttributes,
	fields:     map[string]path.Path{"oidcDiscoveryUrl": path.Root("discovery_url"), "caCert": path.Root("ca_certificate")},
	requires: []crud.Requirement{{
		Attribute: path.Root("claim_metadata_mapping"), Feature: client.ClaimMetadata,
		Unless: types.MapValueMust(types.StringType, map[string]attr.Value{}),
	}},
}

type oidcAuthModel struct {
	methodCommon
	DiscoveryURL         types.String              `tfsdk:"discovery_url"`
	CACertificate        types.String              `tfsdk:"ca_certificate"`
	BoundIssuer          types.String              `tfsdk:"bound_issuer"`
	BoundAudiences       []types.String            `tfsdk:"bound_audiences"`
	BoundSubject         types.String              `tfsdk:"bound_subject"`
	BoundClaims          map[string][]types.String `tfsdk:"bound_claims"`
	AllowAnySubject      types.Bool                `tfsdk:"allow_any_subject"`
	ClaimMetadataMapping map[string]types.String   `tfsdk:"claim_metadata_mapping"`
}

func oidcAuthAttributes() map[string]schema.Attribute {
	attributes := oidcIssuerAttributes()
	maps.Copy(attributes, oidcBoundAttributes())
	return attributes
}

func (m *oidcAuthModel) read(config api.OIDCAuth) {
	m.DiscoveryURL = types.StringValue(config.OIDCDiscoveryURL)
	m.CACertificate = returnedPEM(config.CACert, m.CACertificate)
	m.BoundIssuer = types.StringValue(config.BoundIssuer)
	m.BoundAudiences = listed(config.BoundAudiences)
	m.BoundSubject = types.StringValue(config.BoundSubject)
	m.BoundClaims = map[string][]types.String{}
	for name, list := range config.BoundClaims {
		m.BoundClaims[name] = listed(list)
	}
	if m.AllowAnySubject.IsNull() { // after an import
		m.AllowAnySubject = types.BoolValue(!m.bindsSubject())
	}
	if m.ClaimMetadataMapping == nil || config.ClaimMetadataMapping != nil {
		m.ClaimMetadataMapping = map[string]types.String{}
	}
	for name, claim := range config.ClaimMetadataMapping {
		m.ClaimMetadataMapping[name] = types.StringValue(claim)
	}
}

// request returns the settings that differ from the prior ones, and both TTLs.
func (m *oidcAuthModel) request(prior *oidcAuthModel) api.OIDCAuthRequest {
	body := api.OIDCAuthRequest{
		TokenSettingsRequest: m.sent(&prior.accessTokenSettings),
		OIDCDiscoveryURL:     changedText(m.DiscoveryURL, prior.DiscoveryURL),
		CACert:               changedText(m.CACertificate, prior.CACertificate),
		BoundIssuer:          changedText(m.BoundIssuer, prior.BoundIssuer),
		BoundSubject:         changedText(m.BoundSubject, prior.BoundSubject),
	}
	if prior.BoundAudiences == nil || !sameElements(m.BoundAudiences, prior.BoundAudiences) {
		body.BoundAudiences = new(list(m.BoundAudiences))
	}
	if prior.BoundClaims == nil || !maps.EqualFunc(m.BoundClaims, prior.BoundClaims, sameElements) {
		claims := map[string]string{}
		for name, values := range m.BoundClaims {
			claims[name] = list(values)
		}
		body.BoundClaims = &claims
	}
	if !maps.Equal(m.ClaimMetadataMapping, prior.ClaimMetadataMapping) {
		mapping := map[string]string{}
		for name, claim := range m.ClaimMetadataMapping {
			mapping[name] = claim.ValueString()
		}
		body.ClaimMetadataMapping = &mapping
	}
	return body
}

// unsupported reports that an older server ignores claims that tokens keep.
func (m *oidcAuthModel) unsupported(config api.OIDCAuth) error {
	if len(m.ClaimMetadataMapping) > 0 && config.ClaimMetadataMapping == nil {
		return errors.New("this server is older than claims that tokens keep; update it, or leave claim_metadata_mapping out")
	}
	return nil
}

// changedText returns nil if the text is unchanged.
func changedText(now, prior types.String) *string {
	if now.Equal(prior) {
		return nil
	}
	return new(now.ValueString())
}

// NewOIDCAuthResource returns the resource machineid_oidc_auth.
func NewOIDCAuthResource() resource.Resource { return boundOIDCAuth{oidcAuth.resource()} }
