// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package client is the identity API in Go: one method per route, with the types of package api.
//
// It connects to a server, logs in, retries what is safe to retry, checks responses and explains
// errors. It knows nothing of Terraform's resources and plans. It recognizes older servers by their
// responses, never by a version number.
package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// DefaultHost is the vendor's cloud.
const DefaultHost = "https://app.infisical.com"

// Defaults of Config.
const (
	DefaultTimeout          = 30 * time.Second
	DefaultRetryMaxElapsed  = time.Minute
	DefaultRateLimitMaxWait = 10 * time.Minute
)

// Config configures a Client. At most one of Credentials, OIDC and AccessToken may be set; without
// them, only calls that need no login work.
type Config struct {
	Host           string // address of the server, see ParseHost
	Credentials    *Credentials
	OIDC           *OIDC
	AccessToken    Secret
	OrganizationID string            // default: looked up on the server
	Version        string            // of the provider, for the User-Agent
	Terraform      string            // version of the CLI, for the User-Agent; may be empty
	Transport      http.RoundTripper // sends the requests; nil: the network, with the next three settings
	Proxy          *url.URL          // nil: the environment's
	RootCAs        *x509.CertPool    // nil: the system's
	Certificate    *tls.Certificate  // client certificate; may be nil

	Timeout          time.Duration // of one request; 0: DefaultTimeout
	RetryMaxElapsed  time.Duration // of one call, from its first failure on; 0: DefaultRetryMaxElapsed
	RateLimitMaxWait time.Duration // total wait of one call for rate limits; 0: DefaultRateLimitMaxWait
	Pacer            *Pacer        // nil: a new one

	ExistenceOnly bool // a refresh may leave out what listings do not return, see IdentityFromListing

	Opened *OpenCredentials // records the opened credentials; nil: a new register
}

// Client calls one server as one identity. It logs in when the first call needs it.
type Client struct {
	config  Config
	base    string // address of the server, without a slash at its end
	network http.RoundTripper
	auth    *authenticator

	discovery    sync.Mutex
	organization string // ID; guarded by discovery

	describing sync.Mutex
	described  bool       // operations was read
	operations operations // that the server describes; guarded by describing

	missingRoutes sync.Map      // operations whose current route this server does not have
	projectSlugs  sync.Map      // by project ID, for routes of October 2024
	writes        atomic.Uint64 // started and finished requests that change something
	sharedReads   sharedCalls[response]
	listings      sync.Map // *listing[T] by name
	clock         serverClock
}

// New checks the host and the credentials. It sends no request.
func New(config Config) (*Client, error) {
	host, err := ParseHost(config.Host)
	if err != nil {
		return nil, err
	}
	if config.Credentials != nil && config.OIDC != nil || config.logsIn() && config.AccessToken != "" {
		return nil, errors.New("only one of credentials, OIDC and an access token may be given")
	}
	if config.Opened == nil {
		config.Opened = NewOpenCredentials()
	}
	if config.Pacer == nil {
		config.Pacer = NewPacer()
	}
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	config.RetryMaxElapsed = cmp.Or(config.RetryMaxElapsed, DefaultRetryMaxElapsed)
	config.RateLimitMaxWait = cmp.Or(config.RateLimitMaxWait, DefaultRateLimitMaxWait)
	c := &Client{config: config, base: host.String(), network: baseTransport(config), organization: config.OrganizationID}
	c.auth = &authenticator{client: c}
	return c, nil
}

// HasCredentials reports whether calls that need a login can be made.
func (c *Client) HasCredentials() bool {
	return c.config.logsIn() || c.config.AccessToken != ""
}

func (c Config) logsIn() bool { return c.Credentials != nil || c.OIDC != nil }

// organizationSlug returns the sub-organization to log into; empty: the identity's own organization.
func (c Config) organizationSlug() string {
	switch {
	case c.Credentials != nil:
		return c.Credentials.OrganizationSlug
	case c.OIDC != nil:
		return c.OIDC.OrganizationSlug
	}
	return ""
}

func (c Config) userAgent() string {
	agent := "terraform-provider-machineid/" + c.Version
	if c.Terraform != "" {
		agent += " Terraform/" + c.Terraform
	}
	return agent
}

// ParseHost parses the address of a server, with or without /api and slashes at its end. The scheme
// is http or https; user, query and fragment are rejected.
func ParseHost(text string) (*url.URL, error) {
	host, err := url.Parse(text)
	switch {
	case err != nil || host.Host == "" || host.Scheme != "https" && host.Scheme != "http":
		return nil, errors.New(`the host must be an address such as "https://infisical.example.com"`)
	case host.User != nil:
		return nil, errors.New("the host must not contain a user or a password")
	case host.RawQuery != "" || host.ForceQuery || host.Fragment != "":
		return nil, errors.New("the host must end with its path, without ? and #")
	}
	trimmed := strings.TrimSuffix(path.Clean("/"+host.Path), api.Prefix)
	return &url.URL{Scheme: host.Scheme, Host: host.Host, Path: strings.TrimSuffix(trimmed, "/")}, nil
}

// request is one call before it is sent.
type request struct {
	op         string     // operation, for errors: "read the identity"
	method     string     // HTTP method
	path       string     // below the host, escaped
	template   string     // path template, shared by all calls of a route
	query      url.Values // may be nil
	body       any        // encoded as JSON; nil sends {} with POST and PATCH
	idempotent bool       // safe to send twice
	public     bool       // sent without Authorization, on which servers of October 2024 fail if none is needed
	secret     Secret     // part of the body that no error may quote
	err        error      // prevents the request from being sent

	issued func(body any) *credential // in a response that cannot be used; nil: the request issues none
}

// route returns a request with escaped path segments. An empty segment is an error: the path would
// be that of another route.
func route(op, method, format string, segments ...string) request {
	r := request{op: op, method: method, template: api.Prefix + format, idempotent: isIdempotent(method, format)}
	escaped := make([]any, len(segments))
	for i, segment := range segments {
		if segment == "" || segment == "." || segment == ".." {
			r.err = fmt.Errorf("%s: %q is not an ID", op, segment)
		}
		escaped[i] = url.PathEscape(segment)
	}
	r.path = api.Prefix + fmt.Sprintf(format, escaped...)
	return r
}

func (r request) with(body any) request {
	r.body = body
	return r
}

// do sends a request and decodes its response. The required fields, such as "identity.id", must be
// present and neither null nor empty; through a list, in each of its elements.
func do[T any](ctx context.Context, c *Client, r request, required ...string) (T, error) {
	var result, none T
	if err := c.decode(ctx, &result, r, required); err != nil {
		return none, err
	}
	return result, nil
}

// decode is do with a pointer to the result.
func (c *Client) decode(ctx context.Context, result any, r request, required []string) error {
	status, body, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	return c.revokeUnusable(ctx, r, body, c.parse(result, r, status, body, required))
}

func (c *Client) parse(result any, r request, status int, body []byte, required []string) error {
	var raw any
	if err := json.Unmarshal(body, &raw); err != nil {
		return r.unusable(status, "the response is not JSON%s", r.excerpt(body, c.secrets(r)))
	}
	for _, field := range required {
		if !has(raw, strings.Split(field, ".")) {
			return r.unusable(status, "the response lacks %s; check that host is the address of an identity API", field)
		}
	}
	if err := json.Unmarshal(body, result); err != nil {
		return r.unusable(status, "the response has an unexpected form: %s", scrub(err.Error(), c.secrets(r)...))
	}
	if r.method == http.MethodPatch {
		return r.confirm(status, raw)
	}
	return nil
}

// send returns the status and the body of a successful response.
func (c *Client) send(ctx context.Context, r request) (int, []byte, error) {
	req, err := r.build(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	start, a := time.Now(), &attempt{template: r.template, idempotent: r.idempotent}
	got, err := c.exchange(req, r.public, a)
	if err != nil {
		tflog.Debug(ctx, "No response", map[string]any{"operation": r.op, "method": r.method, "path": r.path})
		return 0, nil, r.failed(ctx, err, a)
	}
	tflog.Debug(ctx, "Received response", map[string]any{"operation": r.op, "method": r.method, "path": r.path,
		"status": got.status, "milliseconds": time.Since(start).Milliseconds()})
	if got.status != http.StatusOK {
		return 0, nil, c.withCaller(r.rejected(got.status, got.header, got.body, c.secrets(r)))
	}
	if kind, _, _ := mime.ParseMediaType(got.header.Get("Content-Type")); kind != "application/json" {
		return 0, nil, c.revokeUnusable(ctx, r, got.body, r.unusable(got.status,
			"the response has type %q instead of JSON%s; check that host is the address of an identity API", kind, r.excerpt(got.body, c.secrets(r))))
	}
	c.clock.update(got.header)
	return got.status, got.body, nil
}

// build returns the HTTP request.
func (r request) build(ctx context.Context, c *Client) (*http.Request, error) {
	if r.err != nil {
		return nil, r.err
	}
	var body io.Reader
	if r.method != http.MethodGet && (r.method != http.MethodDelete || r.body != nil) {
		if r.body == nil {
			r.body = struct{}{} // older servers reject an empty body
		}
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.op, err)
		}
		body = bytes.NewReader(encoded)
	}
	address := c.base + r.path
	if r.query != nil {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.op, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.config.userAgent())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// response is an HTTP response with its whole body.
type response struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends a request through the transport chain. Concurrent GET requests of the same address
// share one request; a read that begins after a write shares none that began before it.
func (c *Client) exchange(req *http.Request, public bool, a *attempt) (response, error) {
	auth := c.auth
	if public {
		auth = nil
	}
	client := &http.Client{Transport: newTransport(c.config, c.network, auth, a), CheckRedirect: sameServer}
	if req.Method == http.MethodGet {
		key := strconv.FormatUint(c.writes.Load(), 10) + " " + req.URL.String()
		return c.sharedReads.do(req.Context(), key, func(ctx context.Context) (response, error) {
			return roundTrip(client, req.WithContext(ctx))
		})
	}
	if !public && !isReadOnly(req.Method, a.template) {
		c.writes.Add(1)
		defer c.writes.Add(1)
	}
	return roundTrip(client, req)
}

func roundTrip(client *http.Client, req *http.Request) (response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return response{}, err
	}
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, body}, errors.Join(err, resp.Body.Close())
}

// secrets returns those that the server knows and might quote.
func (c *Client) secrets(r request) []Secret {
	known := []Secret{r.secret, c.config.AccessToken}
	if c.config.Credentials != nil {
		known = append(known, c.config.Credentials.ClientSecret)
	}
	return known
}

// has reports whether a decoded response contains the field, neither null nor empty.
func has(value any, field []string) bool {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			if !has(element, field) {
				return false
			}
		}
		return true
	}
	if len(field) == 0 {
		return value != nil && value != ""
	}
	object, ok := value.(map[string]any)
	return ok && has(object[field[0]], field[1:])
}
