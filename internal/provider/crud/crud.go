// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package crud implements the framework's interfaces for resources, data sources, ephemeral resources,
// lists and actions. A definition is a value with a schema and calls of the API. Its adapter decodes the
// model, calls the API with a timeout, and writes diagnostics; no other package writes diagnostics of calls.
// It knows no resource by name. A resource that needs more embeds the adapter and overrides a method.
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

// base holds what all adapters share. The client is nil while the provider's configuration is unknown.
type base struct {
	client *client.Client
	name   string
	empty  tfsdk.State          // has the definition's schema
	fields map[string]path.Path // attributes by field of the API, if not the same name in snake_case
}

func (p *base) configure(data any) { p.client, _ = data.(*client.Client) }

// displayName returns the name for a sentence, such as "project role"; the prepends a verb.
func (p *base) displayName() string    { return strings.ReplaceAll(p.name, "_", " ") }
func (p *base) the(verb string) string { return verb + " the " + p.displayName() }

// requireClient adds an error if the provider's configuration is unknown.
func (p *base) requireClient(diags *diag.Diagnostics) bool {
	if p.client == nil {
		diags.AddError("Provider configuration is unknown", "The provider block depends on values that are known only after an apply. "+
			"Apply their source first, for example with -target, make a data source wait for it with depends_on, or configure the provider with known values.")
	}
	return p.client != nil
}

// decode returns the model, and whether the API can be called with it.
func decode[M any](ctx context.Context, p *base, v *values, diags *diag.Diagnostics) (model M, ok bool) {
	diags.Append(v.Get(ctx, &model)...)
	return model, p.requireClient(diags) && !diags.HasError()
}

// run decodes the model, calls the API with it within the timeout, and stores the changed model in v. It
// reports whether all of that succeeded.
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

// errorWithRemedy is an error that knows what to do about it.
type errorWithRemedy interface {
	error
	remedy() string
}

// attributeError is an error that the value of one attribute or block causes.
type attributeError struct {
	error
	at path.Path
}

func (e *attributeError) Unwrap() error { return e.error }

// At returns the error of a call that the value of an attribute or a block causes.
func At(at path.Path, err error) error { return &attributeError{err, at} }

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// report adds an error with its cause and remedy. Fields that the API rejects are reported each at its
// attribute.
func (p *base) report(ctx context.Context, diags *diag.Diagnostics, doing string, err error) {
	summary, issues := "Could not "+doing, client.Issues(err)
	if lacks := client.PlanLacks(err); lacks != "" {
		summary = "The server's plan does not include " + lacks
	}
	placed := 0
	for _, issue := range issues {
		field, _, _ := strings.Cut(client.IssueField(issue), ".")
		at, known := p.fields[field]
		if !known {
			at = path.Root(strings.ToLower(hump.ReplaceAllString(field, "${1}_${2}")))
		}
		if _, unknown := p.empty.Schema.TypeAtPath(ctx, at); !unknown.HasError() {
			diags.AddAttributeError(at, summary, "The server rejected this value: "+issue.Message)
			placed++
		}
	}
	if len(issues) == 0 || placed < len(issues) {
		detail := client.Explain(err)
		if known, ok := errors.AsType[errorWithRemedy](err); ok {
			detail += "\n\n" + known.remedy()
		}
		if placed, ok := errors.AsType[*attributeError](err); ok {
			diags.AddAttributeError(placed.at, summary, detail)
			return
		}
		diags.AddError(summary, detail)
	}
}
