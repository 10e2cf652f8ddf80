// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"crypto/x509"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// samePEM reports whether two texts differ only in leading and trailing white space, which servers trim.
func samePEM(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// returnedPEM returns the prior text if the response has the same certificates, or omits them.
func returnedPEM(returned *string, prior types.String) types.String {
	switch {
	case returned == nil && prior.IsNull():
		return types.StringValue("")
	case returned == nil, !prior.IsNull() && samePEM(*returned, prior.ValueString()):
		return prior
	}
	return types.StringValue(*returned)
}

// keepPEM plans the text in the state if it has the same certificates.
type keepPEM struct{}

func (keepPEM) Description(context.Context) string { return "White space around it is no change." }

func (m keepPEM) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepPEM) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.PlanValue.IsUnknown() && !req.StateValue.IsNull() && samePEM(req.PlanValue.ValueString(), req.StateValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// isPEM validates certificates in PEM.
type isPEM struct{}

func (isPEM) Description(context.Context) string { return "certificates in PEM" }

func (v isPEM) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isPEM) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := req.ConfigValue.ValueString(); text != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		resp.Diagnostics.AddAttributeError(req.Path, "No certificates", "The value holds no certificate in PEM. Set the certificates of the authorities that may sign the issuer's, such as file(\"ca.pem\").")
	}
}
