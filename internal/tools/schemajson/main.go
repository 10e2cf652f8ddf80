// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command schemajson writes the provider's schema to standard output, in the JSON of
// `terraform providers schema -json`. It asks the provider's own server and needs no CLI, so the
// documentation also has what the CLI at hand is too old to show. To the descriptions it adds which
// permissions each run needs; `schemajson permissions` writes those of everything, for the guide. It
// knows the schema of the protocol, what a test has recorded, and nothing of what the provider does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
)

func main() {
	write := run
	if len(os.Args) == 2 && os.Args[1] == "permissions" {
		write = func(context.Context) error { return writePermissions(os.Stdout) }
	}
	if err := write(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	server := provider.NewServer(provider.New("dev"))
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	if err != nil {
		return err
	}
	permissions, err := readPermissions()
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(document{
		FormatVersion:   "1.0",
		ProviderSchemas: map[string]providerSchema{"machineid": convert(schemas, identities, permissions)},
	})
}
