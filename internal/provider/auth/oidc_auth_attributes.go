// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

const (
	longestURL   = 2048
	longestClaim = 255
	discoveryEnd = "/.well-known/openid-configuration"
)

var setOfTexts = types.SetType{ElemType: types.StringType}

func oidcIssuerAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"discovery_url": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "URL of the issuer, below which it has `" + discoveryEnd + "`, which is not part of it; `https`, without a slash at its end. The server must be able to reach it. GitHub Actions: `https://token.actions.githubusercontent.com`. GitLab: the address of the instance, such as `https://gitlab.com`. HCP Terraform: `https://app.terraform.io`. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(longestURL), isDiscoveryURL{}},
		},
		"ca_certificate": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: "Certificates, in PEM, of the authorities that may sign the issuer's certificate, instead of the server's own. Default: empty, the server's own. Changed in place.",
			Validators:          []validator.String{isPEM{}},
			PlanModifiers:       []planmodifier.String{keepPEM{}},
		},
		"bound_issuer": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The `iss` of a JWT, letter for letter, at most 2048 characters: mostly the `discovery_url`, with a slash at its end where the issuer writes one. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, longestURL), attribute.Trimmed()},
		},
	}
}

func oidcBoundAttributes() map[string]schema.Attribute {
	const pattern = "A text to the letter, or a pattern: `*` is any number of characters but `/`, `**` between slashes any number of segments, `?` one character, `[abc]` one of these."
	return map[string]schema.Attribute{
		"bound_audiences": schema.SetAttribute{
			ElementType: types.StringType, Optional: true, Computed: true,
			Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{})),
			MarkdownDescription: "Audiences, one of which a JWT must be for, to the letter. Without one, a JWT that was given to any other service can be used here, by that service, too: a plan warns of that. Default: none, any audience. Changed in place.",
			Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(isListed{})},
		},
		"bound_subject": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: "What the `sub` of a JWT must be, at most 2048 characters. " + pattern + " Default: empty, any subject. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(longestURL), attribute.Trimmed(), isClaimPattern{}},
		},
		"bound_claims": schema.MapAttribute{
			ElementType: setOfTexts, Optional: true, Computed: true,
			Default:             mapdefault.StaticValue(types.MapValueMust(setOfTexts, map[string]attr.Value{})),
			MarkdownDescription: "Claims that a JWT must have, each with the values of which it must have one. Names have 1 to 255 characters; dots in them lead into objects. " + pattern + " A value can have a comma only within balanced braces, as in `{a,b}`, on servers since September 2026; the API splits lists at all others. Default: none. Changed in place.",
			Validators: []validator.Map{
				mapvalidator.NoNullValues(), mapvalidator.KeysAre(stringvalidator.UTF8LengthBetween(1, longestClaim), attribute.Trimmed()),
				mapvalidator.ValueSetsAre(setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(isListed{}, isClaimPattern{})),
			},
		},
		"allow_any_subject": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether `bound_subject` and `bound_claims` may both bind nothing. Then **everybody to whom the issuer gives a JWT for the audience can log in**: with the issuer of a public CI, everybody. Without it, such a configuration is an error at plan. It is of the configuration alone; the server does not know it. Default: `false`.",
		},
		"claim_metadata_mapping": schema.MapAttribute{
			ElementType: types.StringType, Optional: true, Computed: true,
			Default:             mapdefault.StaticValue(types.MapValueMust(types.StringType, map[string]attr.Value{})),
			MarkdownDescription: "Claims that access tokens keep, which a JWT must have then: from the name under which the conditions of roles find one, as `{{identity.auth.oidc.claims.NAME}}`, to the claim. Default: none. Changed in place; tokens that were issued before keep what they have.",
			Validators: []validator.Map{
				mapvalidator.NoNullValues(), mapvalidator.KeysAre(stringvalidator.UTF8LengthBetween(1, longestClaim), attribute.Trimmed()),
				mapvalidator.ValueStringsAre(stringvalidator.UTF8LengthBetween(1, longestClaim), attribute.Trimmed()),
			},
		},
	}
}

// list joins a set with commas, as the API expects it; listed splits such a text.
func list(set []types.String) string {
	texts := make([]string, len(set))
	for i, element := range set {
		texts[i] = element.ValueString()
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

func listed(list string) []types.String {
	set := []types.String{}
	for text := range slices.Values(api.SplitList(list)) {
		if element := types.StringValue(strings.TrimSpace(text)); element.ValueString() != "" && !slices.Contains(set, element) {
			set = append(set, element)
		}
	}
	return set
}

// isDiscoveryURL validates the URL of an issuer.
type isDiscoveryURL struct{}

func (isDiscoveryURL) Description(context.Context) string { return "the URL of an issuer" }

func (v isDiscoveryURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isDiscoveryURL) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	u, err := url.Parse(text)
	why := ""
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https":
		why = `It must be a URL that begins with https://, such as "https://token.actions.githubusercontent.com": over any other scheme, an attacker on the network could sign JWTs.`
	case u.User != nil:
		why = "It must not hold a user or a password. Remove them; the server sends none to issuers."
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		why = "It must end with its path, without ? and #, as the server appends " + discoveryEnd + " to it."
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), discoveryEnd):
		why = fmt.Sprintf("The server appends %s itself. Leave that out: %q.", discoveryEnd, strings.TrimSuffix(strings.TrimRight(text, "/"), discoveryEnd))
	case strings.HasSuffix(u.Path, "/"):
		why = fmt.Sprintf("The server appends %s, which begins with a slash. Leave the slash at the end out: %q. Where the issuer has it in its iss, it stays in bound_issuer.", discoveryEnd, strings.TrimRight(text, "/"))
	}
	if why != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid discovery URL", why)
	}
}

// isListed validates an element of a list, which the API splits at commas.
type isListed struct{}

func (isListed) Description(context.Context) string { return "a text without commas outside of braces" }

func (v isListed) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isListed) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	switch text := req.ConfigValue.ValueString(); {
	case text == "" || text != strings.TrimSpace(text):
		resp.Diagnostics.AddAttributeError(req.Path, "Empty value or surrounding white space", fmt.Sprintf("%q is empty or has white space at its ends, which the API removes. Set the value without it.", text))
	case len(api.SplitList(text)) > 1:
		resp.Diagnostics.AddAttributeError(req.Path, "Comma in a value", fmt.Sprintf("The API splits lists at commas, so %q would be several values. Write each as an element of its own. A comma can be part of a value only within balanced braces, as in {a,b}; elsewhere, use a pattern with ? in its place.", text))
	case len(api.SplitList(text+",}")) == 1 || len(api.SplitList("{,"+text)) == 1:
		resp.Diagnostics.AddAttributeError(req.Path, "Unbalanced brace in a value", fmt.Sprintf("%q has a brace without its partner, which could enclose the comma before the next value. Use a pattern with ? in its place.", text))
	}
}
