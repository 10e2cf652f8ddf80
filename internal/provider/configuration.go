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

// Environment variables that the configuration defaults to.
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

func universalAuthBlock() schema.SingleNestedBlock {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	return schema.SingleNestedBlock{
		MarkdownDescription: "Logs in with the Universal Auth of an identity. Default: the environment.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Client ID of the Universal Auth. Default: the environment variable `" + envClientID + "`.",
				Validators:          notEmpty,
			},
			"client_secret": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "Client secret. Each login is one use of it; a login whose response is lost is retried, which is another use. Default: the environment variable `" + envClientSecret + "`. Sensitive.",
				Validators:          notEmpty,
			},
		},
	}
}

// config returns the configuration of the client. A login method in the configuration takes precedence over
// the environment, which then sets only the missing attributes of that method.
func (m providerModel) config(diags *diag.Diagnostics) client.Config {
	config := client.Config{
		Host:           client.DefaultHost,
		AccessToken:    accessToken(m.AccessToken.ValueString()),
		OrganizationID: m.OrganizationID.ValueString(),
		ExistenceOnly:  m.DriftDetection.ValueString() == driftExistence,
	}
	m.connect(&config, diags)
	if m.Sandbox != nil { // ignores the environment
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
			"The token is a service token, which cannot manage identities. Set the access token of an identity, or configure universal_auth or oidc.")
	}
	switch slug := m.OrganizationSlug.ValueString(); {
	case slug == "":
	case config.Credentials != nil:
		config.Credentials.OrganizationSlug = slug
	case config.OIDC != nil:
		config.OIDC.OrganizationSlug = slug
	default:
		diags.AddAttributeError(path.Root("organization_slug"), "organization_slug requires a login",
			"Only universal_auth and oidc can log in to a sub-organization. Configure one of them, or remove organization_slug.")
	}
	return config
}

// accessToken trims the white space that files and commands leave at the ends.
func accessToken(text string) client.Secret { return client.Secret(strings.TrimSpace(text)) }

// checkAccessToken rejects a token that no header can hold. The message does not quote it.
func checkAccessToken(token client.Secret, at path.Path, diags *diag.Diagnostics) {
	if text := token.Reveal(); text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		diags.AddAttributeError(at, "Not an access token",
			"The access token is empty or has characters that a token cannot have, such as white space. Set the token without \"Bearer\".")
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

// fromEnvironment sets the only login method of the environment. An identity ID selects OIDC only if there
// is a JWT and no other method.
func (m providerModel) fromEnvironment(config *client.Config, diags *diag.Diagnostics) {
	none := types.StringNull()
	id, secret, token := valueOr(none, envClientID, diags), valueOr(none, envClientSecret, diags), valueOr(none, envToken, diags)
	identity, jwt := os.Getenv(envIdentityID), cmp.Or(os.Getenv(envJWT), os.Getenv(envJWTVariable))
	var methods []string
	for _, method := range []struct {
		given     bool
		variables string
	}{{token != "", envToken}, {id != "" || secret != "", envClientID + " or " + envClientSecret}, {identity != "" && jwt != "", envIdentityID}} {
		if method.given {
			methods = append(methods, method.variables)
		}
	}
	switch {
	case diags.HasError():
	case len(methods) > 1:
		diags.AddError("Two login methods",
			"The environment has both "+methods[0]+" and "+methods[1]+", and the configuration has none of access_token, universal_auth and oidc. Unset one of the two, or configure one.")
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
		diags.AddError("Missing identity ID", "The environment has "+envJWT+" without "+envIdentityID+", the identity to log in as. Set both, or neither.")
	}
}

// valueOr returns the configured value, or that of the environment variable. An empty variable counts as
// not set, as pipelines define variables without a value; an empty host is an error, since credentials would
// be sent to the vendor's cloud.
func valueOr(configured types.String, variable string, diags *diag.Diagnostics) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	value, found := os.LookupEnv(variable)
	value = strings.TrimSpace(value) // files of secrets end with a line break
	if variable != envHost || !found {
		return value
	}
	if value == "" {
		diags.AddError("Empty environment variable", envHost+" is empty. Set a value, or unset it for the vendor's cloud.")
	} else if _, err := client.ParseHost(value); err != nil {
		diags.AddError("Invalid host", fmt.Sprintf("The environment variable %s is %q. %s", envHost, value, client.Explain(err)))
	}
	return value
}

// isHost accepts server addresses.
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

// Values of drift_detection.
const (
	driftFull      = "full"
	driftExistence = "existence"
)

func driftDetectionAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How much of what was changed outside Terraform a plan shows: `full`, all of it, or `existence`, which leaves out the metadata of identities and the configuration of auth methods and takes fewer requests. " +
			"See [Large organizations and rate limits](guides/large-organizations). Default: `full`.",
		Validators: []validator.String{stringvalidator.OneOf(driftFull, driftExistence)},
	}
}
