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
	return "Timeout of " + doing + " with all retries and waits for rate limits: a duration such as `30s` or `2h45m`. Default: `20m`."
}

// withTimeouts adds the timeouts block to those of a definition.
func withTimeouts[B any](blocks map[string]B, timeouts B) map[string]B {
	all := map[string]B{timeoutsBlock: timeouts}
	maps.Copy(all, blocks)
	return all
}

// values holds an object of Terraform without the timeouts block, which models do not have.
type values struct {
	tfsdk.State
	full     tftypes.Object           // the type with the block
	original map[string]tftypes.Value // attributes with the block; read-only
}

func (p *base) values(raw tftypes.Value) *values {
	v := &values{State: p.empty}
	v.full, _ = raw.Type().(tftypes.Object)
	_ = raw.As(&v.original) // cannot fail for an object
	types, fields := maps.Clone(v.full.AttributeTypes), maps.Clone(v.original)
	delete(types, timeoutsBlock)
	delete(fields, timeoutsBlock)
	v.Raw = tftypes.NewValue(tftypes.Object{AttributeTypes: types}, fields)
	return v
}

// whole returns the object with the block.
func (v *values) whole() tftypes.Value {
	var set map[string]tftypes.Value
	_ = v.Raw.As(&set) // cannot fail for an object
	fields := maps.Clone(v.original)
	maps.Copy(fields, set)
	return tftypes.NewValue(v.full, fields)
}

// bounded returns a context with the timeout of that name.
func (v *values) bounded(ctx context.Context, name string) (context.Context, context.CancelFunc) {
	var block map[string]tftypes.Value
	var text string
	after := defaultTimeout
	if v.original[timeoutsBlock].As(&block) == nil && block[name].As(&text) == nil {
		if seconds, err := attribute.ParseDuration(text); err == nil {
			after = time.Duration(seconds) * time.Second
		}
	}
	return context.WithTimeoutCause(ctx, after, &timeoutError{name, after})
}

// timeoutError is the cause of a context that bounded has ended.
type timeoutError struct {
	name  string
	after time.Duration
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("the %s timeout of %s was exceeded", e.name, e.after)
}

func (e *timeoutError) remedy() string {
	return "Raise " + e.name + " in the timeouts block, or lower -parallelism if the server's rate limits are low. Completed changes are kept; the next apply continues from there."
}
