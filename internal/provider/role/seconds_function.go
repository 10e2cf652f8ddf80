// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// secondsFunction is provider::machineid::seconds.
type secondsFunction struct{}

// NewSecondsFunction returns the function seconds.
func NewSecondsFunction() function.Function { return secondsFunction{} }

// Metadata names the function.
func (secondsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "seconds"
}

// Definition returns its signature.
func (secondsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Seconds of a duration",
		MarkdownDescription: "The number of seconds that a duration of this provider means: `seconds(\"90d\")` is `7776000`, `seconds(\"1h30m\")` is `5400`, and a bare number is seconds already. " +
			"With it, durations can be compared and calculated with.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "duration",
			MarkdownDescription: "Whole numbers with the units `d`, `h`, `m` and `s`, each at most once and from large to small; or a bare number of seconds.",
		}},
		Return: function.Int64Return{},
	}
}

// Run returns the number of seconds, or an error at the argument.
func (secondsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	seconds, err := attribute.ParseDuration(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "Not a duration: "+err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, seconds)
}
