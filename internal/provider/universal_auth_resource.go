package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var universalAuthResource = crud.Resource[universalAuthModel]{
	Name:   "universal_auth",
	Schema: universalAuthSchema,
	Create: attachUniversalAuth, Read: readUniversalAuth, Update: updateUniversalAuth, Delete: removeUniversalAuth,
	Import: []string{"identity_id"},
	Moves:  official("identity_universal_auth", words{"identity_id": "identity_id"}, nil),
	Fields: map[string]path.Path{
		"lockoutEnabled":             path.Root("lockout").AtName("enabled"),
		"lockoutThreshold":           path.Root("lockout").AtName("threshold"),
		"lockoutDurationSeconds":     path.Root("lockout").AtName("duration"),
		"lockoutCounterResetSeconds": path.Root("lockout").AtName("counter_reset"),
	},
}

type universalAuthModel struct {
	ID                      types.String   `tfsdk:"id"`
	IdentityID              types.String   `tfsdk:"identity_id"`
	ClientID                types.String   `tfsdk:"client_id"`
	AccessTokenTTL          Duration       `tfsdk:"access_token_ttl"`
	AccessTokenMaxTTL       Duration       `tfsdk:"access_token_max_ttl"`
	AccessTokenPeriod       Duration       `tfsdk:"access_token_period"`
	AccessTokenNumUsesLimit types.Int64    `tfsdk:"access_token_num_uses_limit"`
	AccessTokenTrustedIPs   []types.String `tfsdk:"access_token_trusted_ips"`
	ClientSecretTrustedIPs  []types.String `tfsdk:"client_secret_trusted_ips"`
	Lockout                 *lockoutModel  `tfsdk:"lockout"`
}

func universalAuthSchema() schema.Schema {
	settled := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "Universal Auth of an identity: it lets the identity log in with a client ID and a client secret (`machineid_universal_auth_client_secret`) for a short-lived access token. " +
			"The API's defaults let a token live for 30 days; set `access_token_ttl` to minutes where you can. Changed in place; tokens that were issued before keep their life. Removing it ends the life of the identity's tokens and deletes its client secrets; where it is replaced without its identity, as with `-replace`, give its client secrets `lifecycle { replace_triggered_by = [machineid_universal_auth.NAME] }`, or they are made anew by the next apply.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "ID of this Universal Auth.",
			},
			"identity_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "ID of the identity. A change replaces the Universal Auth.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"client_id": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "Client ID to log in with. It is made by the server, and is no secret.",
			},
			"access_token_ttl": durationAttribute("30d", 0, api.MaxTTL,
				"How long an access token lives, unless it is renewed; at most `access_token_max_ttl`. `0s` is as long as the server allows."),
			"access_token_max_ttl": durationAttribute("30d", 0, api.MaxTTL,
				"How long renewals can prolong an access token. `0s` is without a limit, and only goes with an `access_token_ttl` of `0s`."),
			"access_token_period": durationAttribute("0s", 0, api.MaxTTL,
				"Makes access tokens periodic: each lives for this long and can be renewed for ever, whatever the TTLs are. `0s` is not periodic."),
			"access_token_num_uses_limit": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(0),
				MarkdownDescription: "How many requests an access token is good for. Default: `0`, without a limit.",
				Validators:          []validator.Int64{int64validator.Between(0, api.MaxUses)},
			},
			"access_token_trusted_ips":  trustedIPsAttribute("Addresses that may use an access token"),
			"client_secret_trusted_ips": trustedIPsAttribute("Addresses that may log in"),
			"lockout":                   lockoutAttribute(),
		},
	}
}

func attachUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	made, err := c.AttachUniversalAuth(ctx, m.IdentityID.ValueString(), m.request(&universalAuthModel{Lockout: &lockoutModel{}}))
	if client.Status(err) == http.StatusBadRequest {
		if _, readErr := c.UniversalAuth(ctx, m.IdentityID.ValueString()); readErr == nil {
			return fmt.Errorf("%w; the identity has Universal Auth already: import it with its identity's ID", err)
		}
	}
	if err != nil {
		return err
	}
	m.read(made)
	return m.ignored(made)
}

// readUniversalAuth has an identity that may be named, after an import, and nothing to keep.
func readUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	identity, read := m.IdentityID.ValueString(), c.KnownUniversalAuth
	if m.ID.IsNull() {
		var err error
		if identity, err = identityCalled(ctx, c, identity); err != nil {
			return err
		}
		read = func(ctx context.Context, id string) (*api.UniversalAuth, error) {
			found, err := c.UniversalAuth(ctx, id)
			return &found, err
		}
	}
	found, err := read(ctx, identity)
	if err == nil && found != nil {
		m.read(*found)
	}
	return err
}

func updateUniversalAuth(ctx context.Context, c *client.Client, prior, m *universalAuthModel) error {
	changed, err := c.UpdateUniversalAuth(ctx, m.IdentityID.ValueString(), m.request(prior))
	if err != nil {
		return err
	}
	m.read(changed)
	return m.ignored(changed)
}

func removeUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	return c.RemoveUniversalAuth(ctx, m.IdentityID.ValueString())
}

// read takes over what the API answers, field by field.
func (m *universalAuthModel) read(answer api.UniversalAuth) {
	m.ID = types.StringValue(answer.ID)
	m.IdentityID = types.StringValue(answer.IdentityID)
	m.ClientID = types.StringValue(answer.ClientID)
	m.AccessTokenTTL = answeredDuration(&answer.AccessTokenTTL, m.AccessTokenTTL, 0)
	m.AccessTokenMaxTTL = answeredDuration(&answer.AccessTokenMaxTTL, m.AccessTokenMaxTTL, 0)
	m.AccessTokenPeriod = answeredDuration(answer.AccessTokenPeriod, m.AccessTokenPeriod, 0)
	m.AccessTokenNumUsesLimit = types.Int64Value(answer.AccessTokenNumUsesLimit)
	m.AccessTokenTrustedIPs = readTrustedIPs(answer.AccessTokenTrustedIPs, m.AccessTokenTrustedIPs)
	m.ClientSecretTrustedIPs = readTrustedIPs(answer.ClientSecretTrustedIPs, m.ClientSecretTrustedIPs)
	if m.Lockout == nil {
		m.Lockout = &lockoutModel{}
	}
	m.Lockout.read(answer)
}

// request is what differs from the prior, and the two TTLs, which go together.
func (m *universalAuthModel) request(prior *universalAuthModel) api.UniversalAuthRequest {
	body := api.UniversalAuthRequest{AccessTokenTTL: new(m.AccessTokenTTL.Seconds()), AccessTokenMaxTTL: new(m.AccessTokenMaxTTL.Seconds())}
	if m.AccessTokenPeriod.Seconds() != prior.AccessTokenPeriod.Seconds() {
		body.AccessTokenPeriod = new(m.AccessTokenPeriod.Seconds())
	}
	if !m.AccessTokenNumUsesLimit.Equal(prior.AccessTokenNumUsesLimit) {
		body.AccessTokenNumUsesLimit = m.AccessTokenNumUsesLimit.ValueInt64Pointer()
	}
	if !sameElements(m.AccessTokenTrustedIPs, prior.AccessTokenTrustedIPs) {
		body.AccessTokenTrustedIPs = sentTrustedIPs(m.AccessTokenTrustedIPs)
	}
	if !sameElements(m.ClientSecretTrustedIPs, prior.ClientSecretTrustedIPs) {
		body.ClientSecretTrustedIPs = sentTrustedIPs(m.ClientSecretTrustedIPs)
	}
	m.Lockout.request(prior.Lockout, &body)
	return body
}

// ignored is an error where an older server has dropped something that was asked of it.
func (m *universalAuthModel) ignored(answer api.UniversalAuth) error {
	switch {
	case answer.AccessTokenPeriod == nil && m.AccessTokenPeriod.Seconds() != 0:
		return errors.New("this server is older than periodic access tokens; update it, or leave access_token_period out")
	case answer.LockoutEnabled == nil && !m.Lockout.isDefault():
		return errors.New("this server is older than lockouts; update it, or leave lockout out")
	}
	return nil
}
