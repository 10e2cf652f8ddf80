// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package providertest

import (
	"fmt"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// AdminConfig returns the provider block that logs in as the administrator of the server.
func AdminConfig(server *servertest.Server) string {
	return ConfigFor(server, servertest.Identity{ClientID: server.Admin.ClientID, ClientSecret: server.Admin.ClientSecret})
}

// ConfigFor returns the provider block that logs in as the identity, with Universal Auth.
func ConfigFor(server *servertest.Server, identity servertest.Identity) string {
	return fmt.Sprintf(`
provider "machineid" {
  host           = %q
  universal_auth {
    client_id     = %q
    client_secret = %q
  }
}
`, server.Host, identity.ClientID, identity.ClientSecret)
}

// The addresses that most configurations use.
const (
	IdentityAddress      = "machineid_identity.x"
	UniversalAuthAddress = "machineid_universal_auth.x"
	ClientSecretAddress  = "machineid_universal_auth_client_secret.x"
)

// UnusedID is an ID that no object has.
const UnusedID = "0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52"

// IdentityConfig returns the configuration of IdentityAddress.
func IdentityConfig(attributes string) string {
	return "resource \"machineid_identity\" \"x\" {\n" + attributes + "\n}\n"
}

// TokenConfig returns the provider block that uses the access token.
func TokenConfig(server *servertest.Server, token string) string {
	return fmt.Sprintf("provider \"machineid\" {\nhost = %q\naccess_token = %q\n}\n", server.Host, token)
}
