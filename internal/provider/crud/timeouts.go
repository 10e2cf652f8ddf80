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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// defaultTimeout bounds a call with all its requests, retries and waits for rate limits.
const defaultTimeout = 20 * time.Minute

// timeoutsBlock is the name of the block that every schema gets, with a duration for each call. It is not
// that of terraform-plugin-framework-timeouts, whose durations have no days.
const timeoutsBlock = "timeouts"

// longestTimeout is in seconds: a year.
const longestTimeout = 365 * 86400

var timeoutValidators = []validator.String{attribute.DurationBetween(1, longestTimeout)}

func timeoutDescription(doing string) string {
	return "How long " + doing + " may take in all, with repetitions and waits for the server's limits: a duration such as `30s` or `2h45m`. Default: `20m`."
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
		if seconds, err := attribute.ParseDuration(text); err == nil {
			after = time.Duration(seconds) * time.Second
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
