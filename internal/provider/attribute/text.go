// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Name returns a required display name of at most so many characters.
func Name(longest int) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: fmt.Sprintf("Name, 1 to %d characters without white space at either end. Names need not be unique. Changed in place.", longest),
		Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, longest), Trimmed()},
	}
}

// Description returns an optional description of at most so many characters.
func Description(what string, longest int, change string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(""),
		MarkdownDescription: fmt.Sprintf("Description of the %s, at most %d characters without white space at either end. Default: empty. %s", what, longest, change),
		Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(longest), Trimmed()},
		PlanModifiers:       modifiers,
	}
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Trimmed rejects Unicode white space at either end, which the API removes, and control characters, which
// the API rejects.
func Trimmed() validator.String { return trimmedValidator{} }

type trimmedValidator struct{}

func (trimmedValidator) Description(context.Context) string {
	return "must not begin or end with white space, nor have control characters"
}

func (v trimmedValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v trimmedValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if text != strings.TrimSpace(text) {
		resp.Diagnostics.AddAttributeError(req.Path, "White space around a value",
			fmt.Sprintf("Attribute %s must not begin or end with white space, got: %q.", req.Path, text))
	} else if strings.ContainsFunc(text, isControl) {
		resp.Diagnostics.AddAttributeError(req.Path, "Control characters in a value",
			fmt.Sprintf("Attribute %s must not have control characters other than line breaks and tabs, got: %q.", req.Path, text))
	}
}

func isControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }

// Slug accepts slugs.
func Slug() validator.String {
	return stringvalidator.RegexMatches(slugForm, "must be a slug: lower-case letters, digits, and single hyphens between them")
}
