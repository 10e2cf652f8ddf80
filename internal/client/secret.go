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

// Secret is a client secret or an access token. It prints, logs and encodes as "[redacted]"; only Reveal
// returns its text.
type Secret string

// Reveal returns the text, for requests and for attributes documented as sensitive.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string { return redacted }

// GoString implements fmt.GoStringer, for %#v.
func (s Secret) GoString() string { return redacted }

// Format implements fmt.Formatter for every verb: %x and %d would otherwise print the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// looksSecret matches JWTs and client secrets (64 hexadecimal digits).
var looksSecret = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]*)*|[0-9a-fA-F]{64}`)

// scrub removes known secrets, and text that looks like one, from a text of a server.
func scrub(text string, known ...Secret) string {
	for _, secret := range known {
		if secret != "" {
			text = strings.ReplaceAll(text, secret.Reveal(), redacted)
		}
	}
	return looksSecret.ReplaceAllString(text, redacted)
}
