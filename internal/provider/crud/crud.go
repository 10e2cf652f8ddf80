// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package crud is the driver: what every resource, data source and ephemeral resource shares.
// A definition is a value with a schema and calls on the API; the driver decodes for them, and is
// the only one to touch diagnostics. It knows what "gone" and "not configured yet" mean, and no
// resource by name. What is special embeds what the driver makes of its definition and adds a
// method; the driver takes no flags.
package crud

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// base is what all kinds have. The client is nil while the provider's configuration is unknown: then
// nothing may be sent anywhere.
type base struct {
	client *client.Client
	name   string
	empty  tfsdk.State          // with the definition's schema
	fields map[string]path.Path // of the API, where they are not attributes in camelCase
}

func (p *base) configure(data any) { p.client, _ = data.(*client.Client) }

// words are the name in a sentence, and the does something with what it names.
func (p *base) displayName() string    { return strings.ReplaceAll(p.name, "_", " ") }
func (p *base) the(verb string) string { return verb + " the " + p.displayName() }

// known adds an error where the API cannot be asked.
func (p *base) known(diags *diag.Diagnostics) bool {
	if p.client == nil {
		diags.AddError("The provider's configuration is not known yet", "It depends on values that are known only after an apply, "+
			"so no server can be asked. Apply what they come from first, for example with -target; or let a data source wait for it with depends_on; or configure the provider with values that are known at plan.")
	}
	return p.client != nil
}

// decode reads a model, and tells whether that went well and the API can be asked.
func decode[M any](ctx context.Context, p *base, v *values, diags *diag.Diagnostics) (model M, ok bool) {
	diags.Append(v.Get(ctx, &model)...)
	return model, p.known(diags) && !diags.HasError()
}

// run decodes a model, calls the API with it in the time of a time-out, and sets what became of it
// unless that fails.
func run[M any](ctx context.Context, p *base, v *values, diags *diag.Diagnostics, doing, timeout string, call func(context.Context, *M) error) bool {
	model, ok := decode[M](ctx, p, v, diags)
	if !ok {
		return false
	}
	bounded, cancel := v.bounded(ctx, timeout)
	defer cancel()
	if err := call(bounded, &model); err != nil {
		p.report(ctx, diags, doing, err)
		return false
	}
	diags.Append(v.Set(ctx, &model)...)
	return !diags.HasError()
}

// remedied is an error of the driver's own, which knows what to do.
type remedied interface {
	error
	remedy() string
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// report adds an error: what could not be done, why, and what to do; of the fields that the API refuses,
// each at its attribute.
func (p *base) report(ctx context.Context, diags *diag.Diagnostics, doing string, err error) {
	summary, issues := "Could not "+doing, client.Issues(err)
	placed := 0
	for _, issue := range issues {
		field, _, _ := strings.Cut(client.IssueField(issue), ".")
		at, known := p.fields[field]
		if !known {
			at = path.Root(strings.ToLower(hump.ReplaceAllString(field, "${1}_${2}")))
		}
		if _, unknown := p.empty.Schema.TypeAtPath(ctx, at); !unknown.HasError() {
			diags.AddAttributeError(at, summary, "The server refuses this: "+issue.Message)
			placed++
		}
	}
	if len(issues) == 0 || placed < len(issues) {
		detail := client.Explain(err)
		if known, ok := errors.AsType[remedied](err); ok {
			detail += "\n\n" + known.remedy()
		}
		diags.AddError(summary, detail)
	}
}
