// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// The environment that stands in for what the configuration leaves out.
const (
	envPrefix       = "INFISICAL_"
	envHost         = envPrefix + "HOST"
	envClientID     = envPrefix + "UNIVERSAL_AUTH_CLIENT_ID"
	envClientSecret = envPrefix + "UNIVERSAL_AUTH_CLIENT_SECRET"
	envToken        = envPrefix + "TOKEN"
)

type providerModel struct {
	Host             types.String        `tfsdk:"host"`
	UniversalAuth    *universalAuthLogin `tfsdk:"universal_auth"`
	OIDC             *oidcLogin          `tfsdk:"oidc"`
	AccessToken      types.String        `tfsdk:"access_token"`
	OrganizationID   types.String        `tfsdk:"organization_id"`
	OrganizationSlug types.String        `tfsdk:"organization_slug"`
	DriftDetection   types.String        `tfsdk:"drift_detection"`
	Sandbox          *sandboxModel       `tfsdk:"sandbox"`
	connectionModel
}

type universalAuthLogin struct {
	ClientID     types.String `tfsdk:"client_id"`
	ClientSecret types.String `tfsdk:"client_secret"`
}

// config is the client's. A way to authenticate in the configuration beats the whole environment;
// the environment only fills in what it leaves out.
func (m providerModel) config(diags *diag.Diagnostics) client.Config {
	config := client.Config{
		Host:           client.DefaultHost,
		AccessToken:    accessToken(m.AccessToken.ValueString()),
		OrganizationID: m.OrganizationID.ValueString(),
		ExistenceOnly:  m.DriftDetection.ValueString() == driftExistence,
	}
	m.connect(&config, diags)
	if m.Sandbox != nil { // which the environment does not concern
		return config
	}
	if host := valueOr(m.Host, envHost, diags); host != "" {
		config.Host = host
	}
	switch {
	case m.UniversalAuth != nil:
		config.Credentials = m.UniversalAuth.credentials(diags)
	case m.OIDC != nil:
		config.OIDC = m.OIDC.credentials(diags)
	case m.AccessToken.IsNull():
		m.fromEnvironment(&config, diags)
	default:
		checkAccessToken(config.AccessToken, path.Root("access_token"), diags)
	}
	if strings.HasPrefix(config.AccessToken.Reveal(), "st.") {
		diags.AddAttributeError(path.Root("access_token"), "Not an access token of an identity",
			"The token is a service token, with which identities cannot be managed. Give the access token of an identity, or configure universal_auth or oidc.")
	}
	switch slug := m.OrganizationSlug.ValueString(); {
	case slug == "":
	case config.Credentials != nil:
		config.Credentials.OrganizationSlug = slug
	case config.OIDC != nil:
		config.OIDC.OrganizationSlug = slug
	default:
		diags.AddAttributeError(path.Root("organization_slug"), "Nothing to log in with",
			"A sub-organisation can only be logged into with universal_auth or oidc. Configure one of them, or leave organization_slug out.")
	}
	return config
}

// accessToken takes off the white space that files and commands leave at the ends.
func accessToken(text string) client.Secret { return client.Secret(strings.TrimSpace(text)) }

// checkAccessToken refuses what no request could carry. The message does not quote it.
func checkAccessToken(token client.Secret, at path.Path, diags *diag.Diagnostics) {
	if text := token.Reveal(); text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		diags.AddAttributeError(at, "Not an access token",
			"The access token is empty, or has white space or other characters that a token cannot have. Give the token alone, without \"Bearer\" before it.")
	}
}

func (m universalAuthLogin) credentials(diags *diag.Diagnostics) *client.Credentials {
	id, secret := valueOr(m.ClientID, envClientID, diags), valueOr(m.ClientSecret, envClientSecret, diags)
	explained := diags.HasError()
	for _, half := range []struct{ value, attribute, variable string }{{id, "client_id", envClientID}, {secret, "client_secret", envClientSecret}} {
		if half.value == "" && !explained {
			diags.AddAttributeError(path.Root("universal_auth").AtName(half.attribute), "Missing "+half.attribute,
				"universal_auth has no "+half.attribute+". Set it there, or set the environment variable "+half.variable+".")
		}
	}
	return &client.Credentials{ClientID: id, ClientSecret: client.Secret(secret)}
}

// fromEnvironment takes the one way to authenticate that the environment has. The ID of an identity
// may stand there beside another way: it is a way where nothing else is.
func (m providerModel) fromEnvironment(config *client.Config, diags *diag.Diagnostics) {
	none := types.StringNull()
	id, secret, token := valueOr(none, envClientID, diags), valueOr(none, envClientSecret, diags), valueOr(none, envToken, diags)
	identity, jwt := os.Getenv(envIdentityID), cmp.Or(os.Getenv(envJWT), os.Getenv(envJWTVariable))
	var ways []string
	for _, way := range []struct {
		given     bool
		variables string
	}{{token != "", envToken}, {id != "" || secret != "", envClientID + " or " + envClientSecret}, {identity != "" && jwt != "", envIdentityID}} {
		if way.given {
			ways = append(ways, way.variables)
		}
	}
	switch {
	case diags.HasError():
	case len(ways) > 1:
		diags.AddError("Two ways to authenticate",
			"The environment has both "+ways[0]+" and "+ways[1]+", and the configuration has none of access_token, universal_auth and oidc. Unset one of the two, or configure the one that is meant.")
	case id == "" && secret != "":
		diags.AddError("Missing client ID", "The environment has "+envClientSecret+" without "+envClientID+". Set both, or neither.")
	case id != "" && secret == "":
		diags.AddError("Missing client secret", "The environment has "+envClientID+" without "+envClientSecret+". Set both, or neither.")
	case id != "":
		config.Credentials = &client.Credentials{ClientID: id, ClientSecret: client.Secret(secret)}
	case token != "":
		config.AccessToken = accessToken(token)
		checkAccessToken(config.AccessToken, path.Root("access_token"), diags)
	case identity != "":
		config.OIDC = oidcLogin{}.credentials(diags)
	case os.Getenv(envJWT) != "":
		diags.AddError("Missing identity ID", "The environment has "+envJWT+" without "+envIdentityID+", which says as whom to log in. Set both, or neither.")
	}
}

// valueOr is the configured value, else the variable's. An empty variable is none, as pipelines
// set those that they have no value for; but without a host, credentials would go to the vendor.
func valueOr(configured types.String, variable string, diags *diag.Diagnostics) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	value, found := os.LookupEnv(variable)
	value = strings.TrimSpace(value) // a line break comes with many a secret
	if variable != envHost || !found {
		return value
	}
	if value == "" {
		diags.AddError("Empty environment variable", envHost+" is set, but empty. Give it a value, or unset it for the vendor's cloud.")
	} else if _, err := client.ParseHost(value); err != nil {
		diags.AddError("Invalid host", fmt.Sprintf("The environment variable %s is %q. %s", envHost, value, client.Explain(err)))
	}
	return value
}

// isHost accepts what the client takes for a server's address.
type isHost struct{}

func (isHost) Description(context.Context) string { return "the address of a server" }

func (v isHost) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isHost) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := client.ParseHost(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid host", client.Explain(err))
	}
}

// How much of what changed elsewhere a refresh sees.
const (
	driftFull      = "full"
	driftExistence = "existence"
)

func driftDetectionAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How much of what was changed outside Terraform a plan shows: `full`, all of it, or `existence`, which leaves out the metadata of identities and the configuration of auth methods and takes fewer requests. " +
			"See [Large organisations and rate limits](guides/large-organisations). Default: `full`.",
		Validators: []validator.String{stringvalidator.OneOf(driftFull, driftExistence)},
	}
}
