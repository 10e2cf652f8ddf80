// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// connectionModel holds TLS, proxy, timeouts and limits of requests.
type connectionModel struct {
	CACert           types.String       `tfsdk:"ca_cert"`
	CACertFile       types.String       `tfsdk:"ca_cert_file"`
	ClientCert       types.String       `tfsdk:"client_cert"`
	ClientCertFile   types.String       `tfsdk:"client_cert_file"`
	ClientKey        types.String       `tfsdk:"client_key"`
	ClientKeyFile    types.String       `tfsdk:"client_key_file"`
	ProxyURL         types.String       `tfsdk:"proxy_url"`
	RequestTimeout   attribute.Duration `tfsdk:"request_timeout"`
	RetryMaxElapsed  attribute.Duration `tfsdk:"retry_max_elapsed"`
	RateLimitMaxWait attribute.Duration `tfsdk:"rate_limit_max_wait"`
}

func connectionAttributes() map[string]schema.Attribute {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: notEmpty}
	}
	secret := func(description string) schema.StringAttribute {
		attribute := text(description + " Sensitive.")
		attribute.Sensitive = true
		return attribute
	}
	proxy := secret("Proxy that all requests go through, such as `http://proxy.example.com:3128`; `http`, `https` or `socks5`. Default: as the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.")
	proxy.Validators = []validator.String{isProxy{}}
	return map[string]schema.Attribute{
		"ca_cert":             text("Certificates, in PEM, of the authorities that may sign the server's certificate, instead of the system's. Default: the system's."),
		"ca_cert_file":        text("File with what `ca_cert` would hold. Default: none."),
		"client_cert":         text("Certificate, in PEM, for servers or gateways that request one; those that lead to its authority may follow it. Goes with `client_key` or `client_key_file`. Default: none."),
		"client_cert_file":    text("File with what `client_cert` would hold. Default: none."),
		"client_key":          secret("Key of the client certificate, in PEM and not encrypted. Default: none."),
		"client_key_file":     text("File with what `client_key` would hold. Default: none."),
		"proxy_url":           proxy,
		"request_timeout":     patience(client.DefaultTimeout, "Maximum duration of one request, from connecting to the end of the response."),
		"retry_max_elapsed":   patience(client.DefaultRetryMaxElapsed, "How long a call is retried after the first broken connection or the first 502, 503 or 504 of a gateway. Only requests that are safe to send twice are retried."),
		"rate_limit_max_wait": patience(client.DefaultRateLimitMaxWait, "Maximum total wait of one call for the rate limits of the server. A call that would have to wait longer fails immediately."),
	}
}

func patience(standard time.Duration, description string) schema.StringAttribute {
	const shortest, longest = 1, 86400
	return schema.StringAttribute{
		CustomType: attribute.DurationType{},
		Optional:   true,
		MarkdownDescription: description + " A duration such as `30s` or `5m`, or a number of seconds; from `" +
			attribute.FormatDuration(shortest) + "` to `" + attribute.FormatDuration(longest) + "`. Default: `" + attribute.FormatDuration(int64(standard.Seconds())) + "`.",
		Validators: []validator.String{attribute.DurationBetween(shortest, longest)},
	}
}

func seconds(d attribute.Duration) time.Duration { return time.Duration(d.Seconds()) * time.Second }

// connect sets the connection of the client's configuration.
func (m connectionModel) connect(config *client.Config, diags *diag.Diagnostics) {
	config.Timeout = seconds(m.RequestTimeout)
	config.RetryMaxElapsed = seconds(m.RetryMaxElapsed)
	config.RateLimitMaxWait = seconds(m.RateLimitMaxWait)
	if !m.ProxyURL.IsNull() {
		config.Proxy, _ = parseProxy(m.ProxyURL.ValueString())
	}
	authorities, at := contents("ca_cert", m.CACert, m.CACertFile, diags)
	if authorities != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(authorities) {
			diags.AddAttributeError(at, "No certificates", "The value has no PEM certificate. Set the certificates of the authorities that sign the server's.")
		}
	}
	certificate, at := contents("client_cert", m.ClientCert, m.ClientCertFile, diags)
	key, keyAt := contents("client_key", m.ClientKey, m.ClientKeyFile, diags)
	switch {
	case diags.HasError() || certificate == nil && key == nil:
	case key == nil:
		diags.AddAttributeError(at, "Missing client key", "A client certificate needs its key. Set client_key or client_key_file.")
	case certificate == nil:
		diags.AddAttributeError(keyAt, "Missing client certificate", "A client key needs its certificate. Set client_cert or client_cert_file.")
	default:
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			// The error may quote the key.
			diags.AddAttributeError(at, "Client certificate and key cannot be used",
				"They must be a certificate and its key, both in PEM, and the key not encrypted.")
		}
		config.Certificate = &pair
	}
}

// contents returns the value of an attribute, or of the file that its _file attribute names, and the path of
// the attribute; nil if neither is set.
func contents(name string, value, file types.String, diags *diag.Diagnostics) ([]byte, path.Path) {
	switch {
	case !value.IsNull():
		return []byte(value.ValueString()), path.Root(name)
	case file.IsNull():
		return nil, path.Root(name)
	}
	at := path.Root(name + "_file")
	read, err := os.ReadFile(file.ValueString())
	if err != nil {
		diags.AddAttributeError(at, "Cannot read file", "Reading it failed: "+err.Error()+".")
		return nil, at
	}
	return read, at
}

// isProxy accepts proxy URLs. They may hold a password, so no message quotes them.
type isProxy struct{}

func (isProxy) Description(context.Context) string { return "the address of a proxy" }

func (v isProxy) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isProxy) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, ok := parseProxy(req.ConfigValue.ValueString()); !ok {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid proxy", `The proxy must be an address such as "http://proxy.example.com:3128", of http, https or socks5.`)
	}
}

func parseProxy(text string) (*url.URL, bool) {
	proxy, err := url.Parse(text)
	return proxy, err == nil && proxy.Host != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme)
}
