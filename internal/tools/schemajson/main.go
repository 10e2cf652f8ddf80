// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command schemajson writes the provider's schema to standard output, in the JSON of
// `terraform providers schema -json`. It reads the schema from the provider's server and needs no CLI, so
// that features that an installed CLI lacks are documented too. It adds the permissions of each run to the
// descriptions. `schemajson permissions` and `schemajson required-permissions` write the tables of the guides of
// these names.
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
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "permissions":
			write = func(context.Context) error { return writeReference(os.Stdout) }
		case "required-permissions":
			write = func(context.Context) error { return writePermissions(os.Stdout) }
		}
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
