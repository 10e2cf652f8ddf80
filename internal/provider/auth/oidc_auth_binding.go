// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// boundOIDCAuth rejects, at plan, a configuration that lets every JWT of the issuer log in.
type boundOIDCAuth struct {
	checkedTTL[oidcAuthModel]
}

func (r boundOIDCAuth) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.checkedTTL.ValidateConfig(ctx, req, resp)
	var subject types.String
	var audiences types.Set
	var claims types.Map
	var anybody types.Bool
	for name, value := range map[string]any{"bound_subject": &subject, "bound_audiences": &audiences, "bound_claims": &claims, "allow_any_subject": &anybody} {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), value)...)
	}
	if resp.Diagnostics.HasError() || subject.IsUnknown() || anybody.IsUnknown() || claims.IsUnknown() {
		return
	}
	bound := binds(subject.ValueString())
	for _, values := range claims.Elements() {
		set, ok := values.(types.Set)
		bound = bound || !ok || set.IsUnknown() || slices.ContainsFunc(set.Elements(), isUnknown)
		bound = bound || bindsAll(texts(set))
	}
	switch {
	case !bound && !anybody.ValueBool():
		resp.Diagnostics.AddAttributeError(path.Root("bound_subject"), "OIDC auth binds no subject or claim",
			"Neither bound_subject nor bound_claims binds anything, so every JWT of this issuer could log in as the identity. "+
				"Bind the subject, or a claim that only your jobs have, such as bound_claims = { repository = [\"acme/shop\"] }; or set allow_any_subject = true to allow every subject.")
	case bound && anybody.ValueBool():
		resp.Diagnostics.AddAttributeWarning(path.Root("allow_any_subject"), "allow_any_subject has no effect",
			"bound_subject or bound_claims restricts logins, so allow_any_subject has no effect. Remove it, so that a later change does not allow every subject by accident.")
	}
	if !audiences.IsUnknown() && len(audiences.Elements()) == 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("bound_audiences"), "OIDC auth accepts any audience",
			"Without bound_audiences, a JWT that a job has given to another service can be used by that service to log in as the identity. Set the audience that the jobs request, such as bound_audiences = [\"https://infisical.example.com\"].")
	}
}

func isUnknown(value attr.Value) bool { return value.IsUnknown() }

func texts(set types.Set) []types.String {
	var all []types.String
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok {
			all = append(all, text)
		}
	}
	return all
}

// bindsSubject reports whether a JWT of the issuer needs a certain subject or claim to log in.
func (m *oidcAuthModel) bindsSubject() bool {
	return binds(m.BoundSubject.ValueString()) || slices.ContainsFunc(slices.Collect(maps.Values(m.BoundClaims)), bindsAll)
}

func bindsAll(values []types.String) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(v types.String) bool { return !binds(v.ValueString()) })
}

// binds returns false for an empty pattern, and for patterns that match every value.
func binds(pattern string) bool { return strings.Trim(pattern, "*/") != "" }

// isClaimPattern validates a literal text or a glob.
type isClaimPattern struct{}

func (isClaimPattern) Description(context.Context) string { return "a text or a pattern" }

func (v isClaimPattern) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isClaimPattern) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if !strings.ContainsAny(text, `*?[]{}\`) {
		return
	}
	if _, err := permission.ParsePattern(text); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid pattern", "The pattern "+strconv.Quote(text)+" cannot be parsed: "+err.Error()+". Put a backslash before literal special characters.")
	}
}
