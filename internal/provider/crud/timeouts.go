// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// defaultTimeout bounds a call with all its requests, repetitions and waits for limits.
const defaultTimeout = 20 * time.Minute

// timeoutsBlock is what every schema gets, with an optional text for each call that can take long.
const timeoutsBlock = "timeouts"

var timeoutValidators = []validator.String{isTimeout{}}

func timeoutDescription(doing string) string {
	return "How long " + doing + " may take in all, with repetitions and waits for the server's limits: a duration such as `30s` or `2h45m`. Default: `20m`."
}

// isTimeout accepts durations of a millisecond or longer, in the form of Go.
type isTimeout struct{}

func (isTimeout) Description(context.Context) string { return "a duration such as 30s or 2h45m" }

func (v isTimeout) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isTimeout) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	why, text := "", req.ConfigValue.ValueString()
	if set, err := time.ParseDuration(text); err != nil {
		why = "is not a duration of numbers with the units h, m, s and ms"
	} else if set < time.Millisecond {
		why = "is over before anything can be done"
	}
	if why != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid time-out", fmt.Sprintf("%q %s. Give what it may take in all, such as \"20m\" or \"2h45m\", or leave it out.", text, why))
	}
}

// values are what Terraform sends and keeps, without the block of time-outs, which no model has.
type values struct {
	tfsdk.State
	form tftypes.Object           // of all that was sent, with the block
	sent map[string]tftypes.Value // by its names; not to be changed
}

func (p *base) values(raw tftypes.Value) *values {
	v := &values{State: p.empty}
	v.form, _ = raw.Type().(tftypes.Object)
	_ = raw.As(&v.sent) // it is an object
	types, fields := maps.Clone(v.form.AttributeTypes), maps.Clone(v.sent)
	delete(types, timeoutsBlock)
	delete(fields, timeoutsBlock)
	v.Raw = tftypes.NewValue(tftypes.Object{AttributeTypes: types}, fields)
	return v
}

// whole are the values with the block again.
func (v *values) whole() tftypes.Value {
	var set map[string]tftypes.Value
	_ = v.Raw.As(&set) // it is an object
	fields := maps.Clone(v.sent)
	maps.Copy(fields, set)
	return tftypes.NewValue(v.form, fields)
}

// bounded is a context that ends with the time-out of that name.
func (v *values) bounded(ctx context.Context, name string) (context.Context, context.CancelFunc) {
	var block map[string]tftypes.Value
	var text string
	after := defaultTimeout
	if v.sent[timeoutsBlock].As(&block) == nil && block[name].As(&text) == nil {
		if set, err := time.ParseDuration(text); err == nil {
			after = set
		}
	}
	return context.WithTimeoutCause(ctx, after, &overdueError{name, after})
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
