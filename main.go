// Command terraform-provider-machineid is a Terraform provider for machine
// identities and, as its subcommand serve, the identity API itself.
package main

import (
	"context"
	"os"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(sandbox.Serve(context.Background(), os.Args[2:]))
	}
}
