// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// newProvider makes a provider with its sandbox, as main does.
func newProvider(t *testing.T) *provider.Provider {
	t.Helper()
	p := provider.New("test").WithSandbox(func(ctx context.Context, file string) (provider.Sandbox, error) {
		return sandbox.Connect(ctx, file)
	})
	t.Cleanup(func() {
		if err := p.CloseSandboxes(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// sandboxPath stands in the examples.
const sandboxPath = `"./sandbox.db"`

// inServersFile has the sandbox of a configuration work on the file of a running server, which can
// be asked what is there.
func inServersFile(t *testing.T, server *servertest.Server, text string) string {
	t.Helper()
	return strings.ReplaceAll(text, sandboxPath, `"`+filepath.ToSlash(server.Database)+`"`)
}

// sandboxed validates and configures a provider, and reads an identity where that went well.
func sandboxed(t *testing.T, config providertest.Values) string {
	t.Helper()
	server := provider.NewServer(newProvider(t))
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	value := providertest.DynamicValue(t, schemas.Provider, config)
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	if said := providertest.Summaries(validated.Diagnostics); strings.Contains(said, "ERROR") {
		return said // here Terraform stops
	}
	made, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	said := providertest.Summaries(validated.Diagnostics, made.Diagnostics)
	if strings.Contains(said, "ERROR") {
		return said
	}
	read, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "machineid_identity", Config: providertest.DynamicValue(t, schemas.DataSourceSchemas["machineid_identity"], providertest.Values{"name": "organization-admin"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return said + providertest.Summaries(read.Diagnostics)
}

// TestSandboxIsShared by the configurations of one process that name one file, by a relative or an absolute path.
func TestSandboxIsShared(t *testing.T) {
	directory, opened := t.TempDir(), 0
	t.Chdir(directory)
	p := provider.New("test").WithSandbox(func(ctx context.Context, file string) (provider.Sandbox, error) {
		opened++
		return sandbox.Connect(ctx, file)
	})
	for _, file := range []string{"a.db", "./a.db", filepath.Join(directory, "a.db"), "b.db"} {
		server := provider.NewServer(p)
		schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		made, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: providertest.DynamicValue(t, schemas.Provider, providertest.Values{"sandbox": providertest.Values{"path": file}})})
		if err != nil || strings.Contains(providertest.Summaries(made.Diagnostics), "ERROR") {
			t.Fatal(err, providertest.Summaries(made.Diagnostics))
		}
	}
	if err := p.CloseSandboxes(); err != nil || opened != 2 {
		t.Errorf("%d were opened for two files; %v", opened, err)
	}
}

func TestSandboxConfiguration(t *testing.T) {
	login := providertest.Values{"client_id": "id", "client_secret": "s3cr3t"}
	open := filepath.Join(t.TempDir(), "open.db")
	if err := os.WriteFile(open, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		sandbox any
		more    providertest.Values
		env     map[string]string
		says    []string
		fails   bool
	}{
		"alone": {says: []string{"Running against a sandbox, not a server", "sandbox.db: nothing of it exists on a server."}},
		"environment": {
			env:  map[string]string{"INFISICAL_HOST": "", "INFISICAL_TOKEN": "env-token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"},
			says: []string{"The environment is ignored: INFISICAL_HOST, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, INFISICAL_TOKEN."},
		},
		"forbidden": {env: map[string]string{"MACHINEID_SANDBOX": "forbid"}, fails: true, says: []string{"Sandboxes are forbidden", "MACHINEID_SANDBOX=forbid"}},
		"forbidden, unknown path": {
			sandbox: providertest.Values{"path": providertest.Unknown}, env: map[string]string{"MACHINEID_SANDBOX": "forbid"}, fails: true, says: []string{"Sandboxes are forbidden"},
		},
		"misspelt":     {env: map[string]string{"MACHINEID_SANDBOX": "forbidden"}, fails: true, says: []string{`MACHINEID_SANDBOX is "forbidden"`}},
		"host":         {more: providertest.Values{"host": "https://a.example"}, fails: true, says: []string{"cannot be configured together: sandbox, host. A sandbox has no server"}},
		"login":        {more: providertest.Values{"universal_auth": login}, fails: true, says: []string{"universal_auth", "cannot be configured together"}},
		"token":        {more: providertest.Values{"access_token": "s3cr3t"}, fails: true, says: []string{"access_token", "cannot be configured together"}},
		"slug":         {more: providertest.Values{"organization_slug": "x"}, fails: true, says: []string{"organization_slug", "cannot be configured together"}},
		"white space":  {sandbox: providertest.Values{"path": " "}, fails: true, says: []string{`AttributeName("path"): White space around a value`, `got: " "`}},
		"unknown path": {sandbox: providertest.Values{"path": providertest.Unknown}, says: []string{"a file whose path is unknown", "configuration is unknown"}},
		"unknown":      {sandbox: providertest.Unknown, says: []string{"configuration is unknown"}},
		"no path":      {sandbox: providertest.Values{}, fails: true, says: []string{`AttributeName("path"): Missing path`}},
		"memory":       {sandbox: providertest.Values{"path": ":memory:"}, fails: true, says: []string{"several processes", "a sandbox of its own in memory"}},
		"address":      {sandbox: providertest.Values{"path": "postgres://u:s3cr3t@h/d"}, fails: true, says: []string{"The path is a URL"}},
		"empty":        {sandbox: providertest.Values{"path": ""}, fails: true, says: []string{`AttributeName("sandbox").AttributeName("path")`}},
		"for all":      {sandbox: providertest.Values{"path": open}, fails: true, says: []string{`AttributeName("path"): Cannot open the sandbox`, "(mode 0644)", "chmod 600"}},
		"no database":  {sandbox: providertest.Values{"path": text}, fails: true, says: []string{"Cannot open the sandbox", "it is not an SQLite database and was not changed; choose another file, or move this one"}},
		"directory":    {sandbox: providertest.Values{"path": t.TempDir()}, fails: true, says: []string{"Cannot open the sandbox", "not a regular file"}},
		"nowhere":      {sandbox: providertest.Values{"path": filepath.Join(t.TempDir(), "a", "b.db")}, fails: true, says: []string{"Cannot open the sandbox", "directory"}},
		"bad token":    {sandbox: providertest.Values{"path": filepath.Join(t.TempDir(), "x.db"), "access_token": "s3cr3t"}, fails: true, says: []string{"the server rejected it"}},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range tc.env {
				t.Setenv(variable, value)
			}
			file := filepath.Join(t.TempDir(), "sandbox.db")
			if tc.sandbox == nil {
				tc.sandbox = providertest.Values{"path": file}
			}
			config := providertest.Values{"sandbox": tc.sandbox}
			maps.Copy(config, tc.more)
			said := sandboxed(t, config)
			for _, part := range tc.says {
				if !strings.Contains(said, part) {
					t.Errorf("it does not say %q: %s", part, said)
				}
			}
			unknowable := strings.Contains(said, "configuration is unknown") && !strings.Contains(said, "ERROR AttributeName")
			if failed := strings.Contains(said, "ERROR"); failed != tc.fails && !unknowable {
				t.Errorf("failed: %v: %s", failed, said)
			}
			for _, secret := range []string{"s3cr3t", "env-token", "env-secret"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s is shown in %s", secret, said)
				}
			}
			if info, err := os.Stat(file); tc.fails && err == nil {
				t.Error("a file was made")
			} else if err == nil && info.Mode() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
		})
	}
}
