// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package provider implements the Terraform provider: its configuration, the sandbox, and the list of all
// that it serves. The packages below it hold the resources, by family; crud has what these share, client
// calls the API.
package provider

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	query "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/auth"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/identity"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/project"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/role"
)

var (
	_ provider.ProviderWithConfigValidators   = (*Provider)(nil)
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithListResources      = (*Provider)(nil)
	_ provider.ProviderWithActions            = (*Provider)(nil)
)

// Provider serves any number of provider configurations of one process.
type Provider struct {
	version   string
	opened    *client.OpenCredentials
	pacer     *client.Pacer
	transport http.RoundTripper // nil is the network
	sandboxes sandboxes
}

// New returns a provider, which sends its version to servers.
func New(version string) *Provider {
	return &Provider{version: version, opened: client.NewOpenCredentials(), pacer: client.NewPacer()}
}

// NewServer returns the protocol server of a provider.
func NewServer(p provider.Provider) tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(p)()
}

// WithSandbox sets the function that opens the API within the provider, for configurations with a sandbox.
func (p *Provider) WithSandbox(open OpenSandbox) *Provider {
	p.sandboxes.open = open
	return p
}

// WithTransport sends the provider's requests through transport instead of the network.
func (p *Provider) WithTransport(transport http.RoundTripper) *Provider {
	p.transport = transport
	return p
}

// CloseSandboxes closes the open sandboxes. Call it after RevokeOpen.
func (p *Provider) CloseSandboxes() error { return errors.Join(p.sandboxes.closeAll()...) }

// RevokeOpen revokes every open credential of this process: its own access tokens, and those of ephemeral
// resources, which Terraform does not close after a failed or interrupted run. Call it when the plugin
// server has returned; Terraform kills the process about 1.5 s later.
func (p *Provider) RevokeOpen(ctx context.Context) error { return p.opened.RevokeAll(ctx) }

// OpenCredentials returns how many credentials RevokeOpen would revoke.
func (p *Provider) OpenCredentials() int { return p.opened.Len() }

// Resources lists the managed resources.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		identity.NewIdentityResource,
		auth.NewUniversalAuthResource,
		auth.NewOIDCAuthResource,
		auth.NewTokenAuthResource,
		auth.NewClientSecretResource,
		role.NewOrganizationRoleResource,
		project.NewProjectResource,
		role.NewProjectRoleResource,
		project.NewProjectMembershipResource,
		project.NewProjectMembershipRoleResource,
		identity.NewProjectIdentityResource,
		role.ProjectPrivilegeResource.New,
		project.FolderAccessResource.New,
	}
}

// DataSources lists the data sources.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		identity.IdentityDataSource.New,
		auth.NewAccessTokenDataSource,
		role.OrganizationRoleDataSource.New,
		project.ProjectDataSource.New,
		role.ProjectRoleDataSource.New,
		project.ProjectMembershipsDataSource.New,
		role.EffectivePermissionsDataSource.New,
		identity.IdentitiesDataSource.New,
		identity.OrganizationDataSource.New,
		role.OrganizationRolesDataSource.New,
		role.ProjectRolesDataSource.New,
		project.IdentityProjectMembershipsDataSource.New,
		auth.ClientSecretsDataSource.New,
		auth.UniversalAuthDataSource.New,
		identity.IdentityMembershipsDataSource.New,
	}
}

// EphemeralResources lists the ephemeral resources.
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		auth.NewAccessTokenEphemeral,
		auth.NewTokenAuthTokenEphemeral,
		auth.NewClientSecretEphemeral,
	}
}

// ListResources lists the list resources of `terraform query`.
func (p *Provider) ListResources(context.Context) []func() query.ListResource {
	return []func() query.ListResource{
		identity.IdentityListResource.New,
		auth.ClientSecretListResource.New,
		role.OrganizationRoleListResource.New,
		project.ProjectListResource.New,
		role.ProjectRoleListResource.New,
		project.ProjectMembershipListResource.New,
		project.FolderAccessListResource.New,
	}
}

// Actions lists the actions.
func (p *Provider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		auth.RevokeClientSecretsAction.New,
		auth.RevokeTokenAuthTokensAction.New,
		auth.ClearLockoutsAction.New,
	}
}

// Functions lists the functions, which work without a configuration and a server.
func (p *Provider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		role.NewAllowsFunction,
		role.NewExplainFunction,
		role.NewPermissionsFunction,
		role.NewRolesFunction,
		role.NewSecondsFunction,
	}
}

// Metadata sets the type name and the version.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "machineid", p.version
}

// Schema returns the schema of the provider's configuration.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	attributes := connectionAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"host": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Address of the Infisical server, such as `https://infisical.example.com`; `/api` at its end may be left out. " +
				"Default: the environment variable `" + envHost + "`, else `" + client.DefaultHost + "`. While it is not known yet, nothing is sent anywhere.",
			Validators: []validator.String{isHost{}},
		},
		"access_token": schema.StringAttribute{
			Optional:            true,
			Sensitive:           true,
			MarkdownDescription: "Access token of an identity, instead of logging in. The provider cannot replace it when it has expired, and does not revoke it. Default: the environment variable `" + envToken + "`. Sensitive.",
			Validators:          notEmpty,
		},
		"organization_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "ID of the organization that is managed. Default: the organization of the identity that is logged in. Set it only if the server does not return it.",
			Validators:          notEmpty,
		},
		"organization_slug": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Slug of a sub-organization to log in to with `universal_auth` or `oidc`. Default: the organization of the identity.",
			Validators:          notEmpty,
		},
		"drift_detection": driftDetectionAttribute(),
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages [Infisical](https://infisical.com) machine identities and issues short-lived access tokens for them.\n\n" +
			"The provider logs in with `universal_auth` or `oidc` once in a run, when the first request needs it, and again if its token has expired or was revoked. It revokes its token when the run ends, unless the process is killed; the token of a login whose response was lost expires after its TTL. Alternatively it uses the `access_token`. Configure one of the three, here or in the environment; the configuration takes precedence. Without any, only the data source and the ephemeral resource `machineid_access_token` work, which have credentials of their own.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"universal_auth": universalAuthBlock(),
			"oidc":           oidcBlock(),
			"sandbox":        sandboxBlock(),
		},
	}
}

// ConfigValidators reject attributes that exclude each other.
func (p *Provider) ConfigValidators(context.Context) []provider.ConfigValidator {
	return conflictValidators()
}

// Configure creates the client of all resources; it stays nil while a value is unknown.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var c *client.Client
	warnOfSandbox(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Config.Raw.IsFullyKnown() {
		var model providerModel
		resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
		config := model.config(&resp.Diagnostics)
		config.Transport = p.transport
		if model.Sandbox != nil && !resp.Diagnostics.HasError() {
			model.Sandbox.use(ctx, &p.sandboxes, &config, &resp.Diagnostics)
		}
		if resp.Diagnostics.HasError() {
			return
		}
		config.Version, config.Terraform = p.version, req.TerraformVersion
		config.Opened, config.Pacer = p.opened, p.pacer
		created, err := client.New(config)
		if err != nil {
			resp.Diagnostics.AddError("Invalid provider configuration", client.Explain(err))
			return
		}
		c = created
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ListResourceData, resp.ActionData = c, c, c, c, c
}
