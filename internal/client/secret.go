// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

const redacted = "[redacted]"

// Secret is a client secret or an access token. Whatever prints, logs or encodes it writes
// "[redacted]"; Reveal is the only way to its text.
type Secret string

// Reveal is the text itself, for the wire and for attributes documented as sensitive.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string { return redacted }

// GoString answers %#v.
func (s Secret) GoString() string { return redacted }

// Format answers every verb, as %x or %d would else show the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText answers JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue answers log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// looksSecret matches JWTs and client secrets (64 hexadecimal digits).
var looksSecret = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]*)*|[0-9a-fA-F]{64}`)

// scrub takes out of a text that a server sent what is secret, known here or by its looks.
func scrub(text string, known ...Secret) string {
	for _, secret := range known {
		if secret != "" {
			text = strings.ReplaceAll(text, secret.Reveal(), redacted)
		}
	}
	return looksSecret.ReplaceAllString(text, redacted)
}
