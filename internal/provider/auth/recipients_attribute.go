// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

func recipientsAttribute() schema.SetAttribute {
	return schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Public keys that the secret is encrypted to: age's (`age1…`), and SSH's of the types `ssh-ed25519` and `ssh-rsa`. " +
			"With it the secret stands nowhere in plain text, and `encrypted_client_secret` in place of `client_secret`. " +
			"A change makes a new secret; another order or another comment of an SSH key is no change. Default: none, plain text.",
		Validators:    []validator.Set{setvalidator.SizeAtLeast(1), areRecipients{}},
		PlanModifiers: []planmodifier.Set{keepRecipients{}, setplanmodifier.RequiresReplace()},
	}
}

// areRecipients validates the set as a whole: the path of a set element contains its value, which may be a
// private key, and paths are logged.
type areRecipients struct{}

func (areRecipients) Description(context.Context) string { return "age or SSH public keys" }

func (v areRecipients) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (areRecipients) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	const summary = "Invalid recipient"
	var texts []string
	for _, element := range req.ConfigValue.Elements() {
		text, _ := element.(types.String)
		if text.IsUnknown() {
			continue
		}
		_, err := parseRecipient(text.ValueString())
		if text.IsNull() {
			err = errors.New("null stands where a public key belongs; leave it out, as compact() does with a list")
		}
		switch {
		case errors.Is(err, errPrivateKey): // at an attribute, Terraform would print the line that holds it
			resp.Diagnostics.AddError(summary, "Attribute "+attribute.PathName(req.Path)+": "+err.Error()+".")
		case err != nil:
			resp.Diagnostics.AddAttributeError(req.Path, summary, "Attribute "+attribute.PathName(req.Path)+": "+err.Error()+".")
		default:
			texts = append(texts, text.ValueString())
		}
	}
	if resp.Diagnostics.HasError() || len(texts) == 0 {
		return
	}
	if _, err := parseRecipients(texts); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, summary, "Attribute "+attribute.PathName(req.Path)+": "+err.Error()+".")
	}
}

// keepRecipients plans the state's spelling of the same keys.
type keepRecipients struct{}

func (keepRecipients) Description(context.Context) string {
	return "Another spelling of the same keys is no change."
}

func (m keepRecipients) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepRecipients) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	if sameRecipients(elementTexts(req.PlanValue.Elements()), elementTexts(req.StateValue.Elements())) {
		resp.PlanValue = req.StateValue
	}
}

func elementTexts(elements []attr.Value) []string {
	texts := make([]string, len(elements))
	for n, element := range elements {
		if text, ok := element.(types.String); ok {
			texts[n] = text.ValueString()
		}
	}
	return texts
}
