// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// envSandbox can forbid sandboxes; see sandboxForbidden.
const (
	envSandbox       = "MACHINEID_SANDBOX"
	sandboxForbidden = "forbid"
)

// The host of a sandbox's client, and the token that stands for the administrator.
const (
	sandboxHost  = "http://sandbox.invalid"
	sandboxAdmin = client.Secret("the-administrator-of-the-sandbox")
)

// Sandbox is the identity API within this process. Requests without a token are the administrator's.
type Sandbox interface {
	http.RoundTripper
	io.Closer
}

// OpenSandbox opens the API on a database file, and creates the file if it does not exist.
type OpenSandbox func(ctx context.Context, file string) (Sandbox, error)

// sandboxes holds the open sandboxes by absolute path. Configurations with the same path share one.
type sandboxes struct {
	open OpenSandbox

	mu     sync.Mutex
	opened map[string]Sandbox
}

func (s *sandboxes) get(ctx context.Context, file string) (Sandbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	if opened := s.opened[file]; opened != nil {
		return opened, nil
	}
	opened, err := s.open(ctx, file)
	if err != nil {
		return nil, err
	}
	if s.opened == nil {
		s.opened = map[string]Sandbox{}
	}
	s.opened[file] = opened
	return opened, nil
}

// closeAll closes the open sandboxes and returns the errors.
func (s *sandboxes) closeAll() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for file, opened := range s.opened {
		if err := opened.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close the sandbox %s: %w", file, err))
		}
	}
	s.opened = nil
	return errs
}

type sandboxModel struct {
	Path        types.String `tfsdk:"path"`
	AccessToken types.String `tfsdk:"access_token"`
}

func sandboxBlock() schema.SingleNestedBlock {
	return schema.SingleNestedBlock{
		MarkdownDescription: "Runs the identity API within the provider, on a file, for tests and demonstrations: no server, no port and no credentials. " +
			"It is no server of yours, and every run warns of it. It goes with neither `host` nor credentials in the configuration, and those in the environment are ignored; " +
			"`" + envSandbox + "=" + sandboxForbidden + "` in the environment, for pipelines that matter, makes it an error. Default: none.",
		Validators: []validator.Object{needsPath{}},
		Attributes: map[string]schema.Attribute{
			"path": schema.StringAttribute{
				Optional: true, // the framework would enforce Required where there is no sandbox block, too
				MarkdownDescription: "Required. File that keeps everything, such as `./sandbox.db`; a relative path begins at the working directory of the CLI. " +
					"It is created for its owner only; a file that others can read is rejected. Several configurations and runs can share one file. Remove it to start again.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1), attribute.Trimmed(), isSandboxPath{}},
			},
			"access_token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "Access token of an identity of the sandbox, to act as that identity. Default: act as the sandbox's administrator. Sensitive.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

// warnOfSandbox adds a warning that a sandbox is used, or an error if it is forbidden, also while its path is
// unknown. It has no path: the CLI would quote a line of the configuration that may hold a token.
func warnOfSandbox(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var sandbox types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("sandbox"), &sandbox)...)
	if sandbox.IsNull() || sandbox.IsUnknown() {
		return
	}
	switch allowed := os.Getenv(envSandbox); allowed {
	case "":
	case sandboxForbidden:
		diags.AddError("Sandboxes are forbidden",
			"The environment has "+envSandbox+"="+sandboxForbidden+", and the configuration has a sandbox. Configure host and credentials, or unset the variable.")
		return
	default:
		diags.AddError("Invalid environment variable",
			fmt.Sprintf("%s is %q. Set it to %s, or unset it to allow sandboxes.", envSandbox, allowed, sandboxForbidden))
		return
	}
	file := "a file whose path is unknown"
	if at, ok := sandbox.Attributes()["path"].(types.String); ok && !at.IsUnknown() {
		file, _ = filepath.Abs(at.ValueString())
	}
	detail := "The provider uses a sandbox, " + file + ": nothing of it exists on a server."
	var ignored []string
	for _, variable := range []string{envHost, envClientID, envClientSecret, envIdentityID, envJWT, envToken} {
		if _, set := os.LookupEnv(variable); set {
			ignored = append(ignored, variable)
		}
	}
	if len(ignored) > 0 {
		detail += " The environment is ignored: " + strings.Join(ignored, ", ") + "."
	}
	diags.AddWarning("Running against a sandbox, not a server", detail)
}

// use opens the sandbox and sets it as the transport of the client.
func (m sandboxModel) use(ctx context.Context, opened *sandboxes, config *client.Config, diags *diag.Diagnostics) {
	config.Host = sandboxHost
	config.AccessToken = accessToken(m.AccessToken.ValueString())
	if m.AccessToken.IsNull() {
		config.AccessToken = sandboxAdmin
	} else {
		checkAccessToken(config.AccessToken, path.Root("sandbox").AtName("access_token"), diags)
	}
	if opened.open == nil {
		diags.AddAttributeError(path.Root("sandbox"), "No sandbox", "This build of the provider has no sandbox. Configure host and credentials.")
		return
	}
	transport, err := opened.get(ctx, m.Path.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("sandbox").AtName("path"), "Cannot open the sandbox", client.Explain(err))
		return
	}
	config.Transport = asAdmin{transport}
}

// asAdmin removes the token that stands for the administrator.
type asAdmin struct{ next http.RoundTripper }

func (a asAdmin) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Authorization") == "Bearer "+sandboxAdmin.Reveal() {
		req = req.Clone(req.Context())
		req.Header.Del("Authorization")
	}
	return a.next.RoundTrip(req)
}

// needsPath rejects a sandbox without a path.
type needsPath struct{}

func (needsPath) Description(context.Context) string { return "path is required" }

func (v needsPath) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (needsPath) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if file, given := req.ConfigValue.Attributes()["path"]; given && file.IsNull() {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("path"), "Missing path", "The sandbox block has no path. Set path to a file, such as \"./sandbox.db\".")
	}
}

// isSandboxPath accepts file paths.
type isSandboxPath struct{}

func (isSandboxPath) Description(context.Context) string { return "the path of a file" }

func (v isSandboxPath) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isSandboxPath) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	switch text := req.ConfigValue.ValueString(); {
	case strings.HasPrefix(strings.TrimSpace(text), ":memory:"):
		resp.Diagnostics.AddAttributeError(req.Path, "A sandbox needs a file",
			"Terraform starts several processes of the provider, each of which would have a sandbox of its own in memory. Set the path of a file, such as \"./sandbox.db\".")
	case strings.Contains(text, "://"):
		resp.Diagnostics.AddAttributeError(req.Path, "A sandbox needs a file",
			"The path is a URL. Set the path of a file, such as \"./sandbox.db\"; for a server, configure host.")
	}
}
