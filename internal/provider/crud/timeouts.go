// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"maps"
	"time"

	datatimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	openedtimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	managedtimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// defaultTimeout bounds a call with all its requests, repetitions and waits for limits.
const defaultTimeout = 20 * time.Minute

const timeoutsBlock = "timeouts"

func managedTimeouts() managedtimeouts.Opts {
	return managedtimeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: longest("creating"), ReadDescription: longest("reading, in a refresh,"),
		UpdateDescription: longest("changing"), DeleteDescription: longest("destroying"),
	}
}

func dataTimeouts() datatimeouts.Opts { return datatimeouts.Opts{ReadDescription: longest("reading")} }
func openedTimeouts() openedtimeouts.Opts {
	return openedtimeouts.Opts{OpenDescription: longest("opening")}
}

func longest(what string) string {
	return "How long " + what + " may take in all, with repetitions and waits for the server's limits: a duration such as `30s` or `2h45m`. Default: `20m`."
}

// areTimeouts refuses time-outs that are over before anything can be done. What is no duration at all is
// refused by the library.
type areTimeouts struct{}

// Description says what is accepted.
func (areTimeouts) Description(context.Context) string { return "time-outs of a millisecond or longer" }

// MarkdownDescription is Description.
func (v areTimeouts) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateObject looks at each time-out.
func (areTimeouts) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	for name, value := range req.ConfigValue.Attributes() {
		text, ok := value.(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		if set, err := time.ParseDuration(text.ValueString()); err == nil && set < time.Millisecond {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Invalid time-out",
				fmt.Sprintf("%q is over before anything can be done. Give what it may take in all, such as \"20m\", or leave it out.", text.ValueString()))
		}
	}
}

// values are what Terraform sends and keeps: those of a model, and the block of time-outs beside
// them, which every definition gets and no model has.
type values struct {
	raw   tftypes.Value
	plain func(tftypes.Value) tfsdk.State // with the definition's schema
}

// Get reads the model.
func (v *values) Get(ctx context.Context, model any) diag.Diagnostics {
	kind, fields, ok := v.fields()
	if !ok {
		return v.plain(v.raw).Get(ctx, model)
	}
	attributes := maps.Clone(kind.AttributeTypes)
	delete(attributes, timeoutsBlock)
	delete(fields, timeoutsBlock)
	return v.plain(tftypes.NewValue(tftypes.Object{AttributeTypes: attributes}, fields)).Get(ctx, model)
}

// Set replaces the model, and leaves the block.
func (v *values) Set(ctx context.Context, model any) diag.Diagnostics {
	made := v.plain(tftypes.Value{})
	diags := made.Set(ctx, model)
	kind, fields, ok := v.fields()
	if block, has := fields[timeoutsBlock]; ok && has && !diags.HasError() {
		var all map[string]tftypes.Value
		if err := made.Raw.As(&all); err != nil {
			diags.AddError("Could not store the result", err.Error())
			return diags
		}
		all[timeoutsBlock] = block
		made.Raw = tftypes.NewValue(kind, all)
	}
	v.raw = made.Raw
	return diags
}

func (v *values) fields() (kind tftypes.Object, fields map[string]tftypes.Value, ok bool) {
	kind, isObject := v.raw.Type().(tftypes.Object)
	ok = isObject && v.raw.As(&fields) == nil && fields != nil
	return kind, maps.Clone(fields), ok // As answers the very map
}

// timeout is the one of that name. What cannot be read is refused when a configuration is validated.
func (v *values) timeout(name string) time.Duration {
	_, fields, _ := v.fields()
	var block map[string]tftypes.Value
	var text string
	if fields[timeoutsBlock].As(&block) != nil || block[name].As(&text) != nil {
		return defaultTimeout
	}
	set, err := time.ParseDuration(text)
	if err != nil {
		return defaultTimeout
	}
	return set
}

// overdueError is the end of a time-out.
type overdueError struct {
	name  string
	after time.Duration
}

func (e *overdueError) Error() string {
	return fmt.Sprintf("the %s time-out of %s is over", e.name, e.after)
}

func (e *overdueError) remedy() string {
	return "Raise " + e.name + " in the timeouts block, or mend what it waited for: lower -parallelism where the server's limits are tight. What was done until then is kept, and the next apply goes on from there."
}

// bounded is a context that ends with the time-out of that name.
func (v *values) bounded(ctx context.Context, name string) (context.Context, context.CancelFunc) {
	after := v.timeout(name)
	return context.WithTimeoutCause(ctx, after, &overdueError{name, after})
}
