// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// projectTypes are the types of servers since autumn 2026.
var projectTypes = []string{api.SecretManager, "cert-manager", "kms", "secret-scanning", "pam", "agent-vault"}

// isProjectType accepts projectTypes.
type isProjectType struct{}

func (isProjectType) Description(context.Context) string { return "the type of a project" }

func (v isProjectType) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isProjectType) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	got := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || slices.Contains(projectTypes, got) {
		return
	}
	detail := strconv.Quote(got) + " is not a type of projects. Use " + strings.Join(projectTypes, ", ") + "." + suggest.DidYouMean(got, projectTypes)
	if got == "ssh" {
		detail = "Servers since autumn 2026 have no projects of the type \"ssh\". Use \"pam\" for access to hosts, or remove the project."
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Unknown project type", detail)
}
