// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// explainFunction is provider::machineid::explain.
type explainFunction struct{}

// NewExplainFunction returns the function explain.
func NewExplainFunction() function.Function { return explainFunction{} }

func (explainFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "explain"
}

func (explainFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	parameters, attributes := decisionParameters()
	resp.Definition = function.Definition{
		Summary: "Why permissions allow or deny an action",
		MarkdownDescription: "Returns the reason of the decision of the function [`allows`](allows) as a sentence, such as `denied by rule 3: deny secrets.delete where environment is prod`, for the `error_message` of a test or a condition. " +
			"Rules count from 1.\n\n" + decisionDescription,
		Parameters: parameters, VariadicParameter: attributes,
		Return: function.StringReturn{},
	}
}

// Run returns the reason, or an error at the argument that is wrong.
func (explainFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	_, reason, err := decide(ctx, req)
	if resp.Error = err; err == nil {
		resp.Error = resp.Result.Set(ctx, reason)
	}
}
