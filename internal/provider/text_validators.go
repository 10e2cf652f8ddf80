// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// trimmed refuses white space at either end, of every script, which the API would cut off, and
// control characters, which it refuses.
func trimmed() validator.String { return isTrimmed{} }

type isTrimmed struct{}

func (isTrimmed) Description(context.Context) string {
	return "must not begin or end with white space, nor have control characters"
}

func (v isTrimmed) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v isTrimmed) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if text != strings.TrimSpace(text) {
		resp.Diagnostics.AddAttributeError(req.Path, "White space around a text",
			fmt.Sprintf("Attribute %s must not begin or end with white space, got: %q.", req.Path, text))
	} else if strings.ContainsFunc(text, isControl) {
		resp.Diagnostics.AddAttributeError(req.Path, "Control characters in a text",
			fmt.Sprintf("Attribute %s must not have control characters but line breaks and tabs, got: %q.", req.Path, text))
	}
}

func isControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }

// isSlug accepts what the API makes of a name in a path.
func isSlug() validator.String {
	return stringvalidator.RegexMatches(slugForm, "must be a slug: lower-case letters, digits, and single hyphens between them")
}
