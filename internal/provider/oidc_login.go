// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

const (
	envIdentityID  = envPrefix + "MACHINE_IDENTITY_ID"
	envJWTVariable = envPrefix + "OIDC_AUTH_TOKEN_KEY_NAME" // the name of the variable that has the JWT …
	envJWT         = envPrefix + "AUTH_JWT"                 // … which is this one by default

	envGitHubURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	envGitHubToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	envHCPJWT      = "TFC_WORKLOAD_IDENTITY_TOKEN"
	envHCPAudience = "TFC_WORKLOAD_IDENTITY_AUDIENCE"
)

// oidcLogin holds the identity to log in as and the source of the JWT.
type oidcLogin struct {
	IdentityID       types.String `tfsdk:"identity_id"`
	Token            types.String `tfsdk:"token"`
	TokenFile        types.String `tfsdk:"token_file"`
	TokenEnvironment types.String `tfsdk:"token_environment_variable"`
	Audience         types.String `tfsdk:"audience"`
}

func oidcBlock() schema.SingleNestedBlock {
	notEmpty := stringvalidator.LengthAtLeast(1)
	sources := []string{"token", "token_file", "token_environment_variable", "audience"}
	onlyOne := func(name string) validator.String {
		var others []path.Expression
		for _, other := range sources {
			if other != name {
				others = append(others, path.MatchRelative().AtParent().AtName(other))
			}
		}
		return stringvalidator.ConflictsWith(others...)
	}
	return schema.SingleNestedBlock{
		MarkdownDescription: "Log in with the OIDC auth of an identity (`machineid_oidc_auth`): with a JWT that the CI or another issuer signs for the run, so that no secret is stored anywhere. " +
			"Give at most one of `token`, `token_file`, `token_environment_variable` and `audience`. With none, the JWT is the value of the environment variable that `" + envJWTVariable + "` names, or of `" + envJWT + "`, or else it is requested from the CI as with `audience`. Each login reads it again.",
		Attributes: map[string]schema.Attribute{
			"identity_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{notEmpty},
				MarkdownDescription: "ID of the identity to log in as. Default: the environment variable `" + envIdentityID + "`.",
			},
			"token": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{isJWT{}, onlyOne("token")},
				MarkdownDescription: "The JWT itself, from an ephemeral value best. Sensitive.",
			},
			"token_file": schema.StringAttribute{
				Optional: true, Validators: []validator.String{notEmpty, onlyOne("token_file")},
				MarkdownDescription: "File that holds the JWT, such as one that Kubernetes or another agent keeps fresh. It is read at each login.",
			},
			"token_environment_variable": schema.StringAttribute{
				Optional: true, Validators: []validator.String{notEmpty, onlyOne("token_environment_variable")},
				MarkdownDescription: "Name of the environment variable that holds the JWT: in GitLab one that the job has in `id_tokens`, in HCP Terraform `" + envHCPJWT + "` or, with a tag, `" + envHCPJWT + "_TAG`.",
			},
			"audience": schema.StringAttribute{
				Optional: true, Validators: []validator.String{notEmpty, onlyOne("audience")},
				MarkdownDescription: "Audience of a JWT that is requested from the CI: GitHub Actions, where the job has the permission `id-token: write`, or HCP Terraform, where `" + envHCPAudience + "` must be the same. Default: that of the CI; with GitHub Actions, the URL of the repository's owner.",
			},
		},
	}
}

func (m oidcLogin) credentials(diags *diag.Diagnostics) *client.OIDC {
	here := path.Root("oidc")
	identity := valueOr(m.IdentityID, envIdentityID, diags)
	if identity == "" {
		diags.AddAttributeError(here.AtName("identity_id"), "Missing identity_id",
			"oidc has no identity_id. Set it there, or set the environment variable "+envIdentityID+".")
	}
	jwt, at, err := m.source(here)
	if err != nil {
		diags.AddAttributeError(at, "No JWT to log in with", client.Explain(err))
	}
	return &client.OIDC{IdentityID: identity, JWT: jwt}
}

// source returns the source of the JWT, and the attribute that selects it.
func (m oidcLogin) source(here path.Path) (jwt client.JWTSource, at path.Path, err error) {
	switch {
	case !m.Token.IsNull():
		jwt, err = client.GivenJWT(client.Secret(m.Token.ValueString()), "the attribute oidc.token")
		return jwt, here.AtName("token"), err
	case !m.TokenFile.IsNull():
		return client.JWTFile(m.TokenFile.ValueString()), here.AtName("token_file"), nil
	case !m.TokenEnvironment.IsNull():
		jwt, err = jwtVariable(m.TokenEnvironment.ValueString())
		return jwt, here.AtName("token_environment_variable"), err
	case !m.Audience.IsNull():
		jwt, err = jwtOfCI(m.Audience.ValueString())
		return jwt, here.AtName("audience"), err
	}
	jwt, err = jwtOfEnvironment()
	return jwt, here, err
}

// jwtOfEnvironment returns the JWT of an environment variable, or of the CI.
func jwtOfEnvironment() (client.JWTSource, error) {
	if name := os.Getenv(envJWTVariable); name != "" {
		return jwtVariable(name)
	}
	if os.Getenv(envJWT) != "" {
		return jwtVariable(envJWT)
	}
	return jwtOfCI("")
}

func jwtVariable(name string) (client.JWTSource, error) {
	value := os.Getenv(name)
	if value == "" {
		return client.JWTSource{}, fmt.Errorf("the environment variable %s is empty or not set; in GitLab, name it in id_tokens of the job; in HCP Terraform, set %s, or %s_TAG for %s_TAG, in the workspace",
			name, envHCPAudience, envHCPAudience, envHCPJWT)
	}
	return client.GivenJWT(client.Secret(value), "the environment variable "+name)
}

// jwtOfCI requests a JWT of the CI that runs this process; an empty audience is the CI's default.
func jwtOfCI(audience string) (client.JWTSource, error) {
	if address, token := os.Getenv(envGitHubURL), os.Getenv(envGitHubToken); address != "" && token != "" {
		return client.GitHubJWT(address, client.Secret(token), audience)
	}
	if token := client.Secret(os.Getenv(envHCPJWT)); token != "" {
		if is, audiences := token.ForAudience(audience); audience != "" && !is {
			return client.JWTSource{}, fmt.Errorf("the workload identity token of HCP Terraform is for the audience %q and not for %q; set %s in the workspace to that, or name the variable of a token with a tag in token_environment_variable",
				audiences, audience, envHCPAudience)
		}
		return client.GivenJWT(token, "the environment variable "+envHCPJWT)
	}
	const nothing = "nothing gives a JWT: "
	switch {
	case os.Getenv("GITHUB_ACTIONS") == "true":
		return client.JWTSource{}, fmt.Errorf("%sthis job of GitHub Actions may not ask for one, as it has no %s and %s; give the workflow or the job `permissions: { id-token: write, contents: read }`, which runs of pull requests from forks do not get",
			nothing, envGitHubURL, envGitHubToken)
	case os.Getenv("GITLAB_CI") == "true":
		return client.JWTSource{}, fmt.Errorf("%sGitLab puts it into a variable that the job names; give the job `id_tokens: { %s: { aud: … } }`, and leave audience out",
			nothing, envJWT)
	case os.Getenv("TFC_RUN_ID") != "":
		return client.JWTSource{}, fmt.Errorf("%sHCP Terraform does so where the workspace has the environment variable %s; set it to the audience that the identity is bound to",
			nothing, envHCPAudience)
	}
	return client.JWTSource{}, fmt.Errorf("%sthis is not a job of GitHub Actions or HCP Terraform; set oidc.token, oidc.token_file, oidc.token_environment_variable, or the environment variable %s",
		nothing, envJWT)
}

// isJWT accepts JWTs by their form. No message quotes them.
type isJWT struct{}

func (isJWT) Description(context.Context) string { return "a JWT" }

func (v isJWT) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isJWT) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := client.GivenJWT(client.Secret(req.ConfigValue.ValueString()), "the attribute "+req.Path.String()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a JWT", client.Explain(err))
	}
}
