// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var oidcAuthResource = crud.Resource[oidcAuthModel]{
	Name:   "oidc_auth",
	Schema: oidcAuthSchema,
	Create: attachOIDCAuth, Read: readOIDCAuth, Update: updateOIDCAuth, Delete: removeOIDCAuth,
	Import: []string{"identity_id"},
	Moves:  crud.MovesFromOfficial("identity_oidc_auth", map[string]string{"identity_id": "identity_id"}, nil),
	Fields: map[string]path.Path{"oidcDiscoveryUrl": path.Root("discovery_url"), "caCert": path.Root("ca_certificate")},
}

type oidcAuthModel struct {
	ID                   types.String              `tfsdk:"id"`
	IdentityID           types.String              `tfsdk:"identity_id"`
	DiscoveryURL         types.String              `tfsdk:"discovery_url"`
	CACertificate        types.String              `tfsdk:"ca_certificate"`
	BoundIssuer          types.String              `tfsdk:"bound_issuer"`
	BoundAudiences       []types.String            `tfsdk:"bound_audiences"`
	BoundSubject         types.String              `tfsdk:"bound_subject"`
	BoundClaims          map[string][]types.String `tfsdk:"bound_claims"`
	AllowAnySubject      types.Bool                `tfsdk:"allow_any_subject"`
	ClaimMetadataMapping map[string]types.String   `tfsdk:"claim_metadata_mapping"`
	accessTokenSettings
}

func oidcAuthSchema() schema.Schema {
	attributes := methodIDAttributes("OIDC auth")
	maps.Copy(attributes, accessTokenSettingsAttributes())
	maps.Copy(attributes, oidcIssuerAttributes())
	maps.Copy(attributes, oidcBoundAttributes())
	return schema.Schema{
		MarkdownDescription: "OIDC auth of an identity: it lets the identity log in with a JWT that an OpenID Connect issuer, such as a CI, has signed for the job, so that no secret is stored anywhere. " +
			"What the JWT must say is bound here; [CI without stored secrets](../guides/ci-oidc) tells what to bind for GitHub Actions, GitLab and HCP Terraform. " +
			"The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. Changed in place; tokens that were issued before keep their life. Removing it ends the life of the tokens that it gave.",
		Attributes: attributes,
	}
}

func attachOIDCAuth(ctx context.Context, c *client.Client, m *oidcAuthModel) error {
	id := m.IdentityID.ValueString()
	made, err := c.AttachOIDCAuth(ctx, id, m.request(&oidcAuthModel{}))
	if err != nil {
		return err
	}
	return m.written(made)
}

func readOIDCAuth(ctx context.Context, c *client.Client, m *oidcAuthModel) error {
	return readMethod(ctx, c, m.ID.IsNull(), m.IdentityID.ValueString(), c.OIDCAuth, c.KnownOIDCAuth, m.read)
}

func updateOIDCAuth(ctx context.Context, c *client.Client, prior, m *oidcAuthModel) error {
	changed, err := c.UpdateOIDCAuth(ctx, m.IdentityID.ValueString(), m.request(prior))
	if err != nil {
		return err
	}
	return m.written(changed)
}

func removeOIDCAuth(ctx context.Context, c *client.Client, m *oidcAuthModel) error {
	return c.RemoveOIDCAuth(ctx, m.IdentityID.ValueString())
}

// written takes over what the API answers to a change; an older server drops what it does not know.
func (m *oidcAuthModel) written(answer api.OIDCAuth) error {
	asked := len(m.ClaimMetadataMapping) > 0
	m.read(answer)
	if asked && answer.ClaimMetadataMapping == nil {
		return errors.New("this server is older than claims that tokens keep; update it, or leave claim_metadata_mapping out")
	}
	return nil
}

// read takes over what the API answers, field by field.
func (m *oidcAuthModel) read(answer api.OIDCAuth) {
	m.ID = types.StringValue(answer.ID)
	m.IdentityID = types.StringValue(answer.IdentityID)
	m.DiscoveryURL = types.StringValue(answer.OIDCDiscoveryURL)
	m.CACertificate = answeredPEM(answer.CACert, m.CACertificate)
	m.BoundIssuer = types.StringValue(answer.BoundIssuer)
	m.BoundAudiences = listed(answer.BoundAudiences)
	m.BoundSubject = types.StringValue(answer.BoundSubject)
	m.BoundClaims = map[string][]types.String{}
	for name, list := range answer.BoundClaims {
		m.BoundClaims[name] = listed(list)
	}
	if m.AllowAnySubject.IsNull() { // after an import
		m.AllowAnySubject = types.BoolValue(!m.bindsSubject())
	}
	if m.ClaimMetadataMapping == nil || answer.ClaimMetadataMapping != nil {
		m.ClaimMetadataMapping = map[string]types.String{}
	}
	for name, claim := range answer.ClaimMetadataMapping {
		m.ClaimMetadataMapping[name] = types.StringValue(claim)
	}
	m.accessTokenSettings.read(answer.TokenSettings)
}

// request is what differs from the prior, and the two TTLs, which go together.
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

// changedText is nil where it is as before.
func changedText(now, prior types.String) *string {
	if now.Equal(prior) {
		return nil
	}
	return new(now.ValueString())
}

func NewOIDCAuthResource() resource.Resource {
	return boundOIDCAuth{checkedTTL[oidcAuthModel]{oidcAuthResource.Adapter()}}
}
