// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package client is the identity API in Go: one method a route, with the types of package api.
//
// It knows how to reach a server, log in, repeat what is safe to repeat, check what comes back and
// word what went wrong. It knows nothing of Terraform's resources and plans, and it bridges what
// older servers do differently by what they answer, never by a version.
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
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// DefaultHost is the vendor's cloud.
const DefaultHost = "https://app.infisical.com"

// What Config has where it says nothing.
const (
	DefaultTimeout          = 30 * time.Second
	DefaultRetryMaxElapsed  = time.Minute
	DefaultRateLimitMaxWait = 10 * time.Minute
)

// Config says which server is called, and as whom.
type Config struct {
	Host           string            // address of the server, see ParseHost
	Credentials    *Credentials      // to log in with …
	OIDC           *OIDC             // … or this …
	AccessToken    Secret            // … or the token itself; with none, only what needs no login can be called
	OrganizationID string            // asked of the server where empty
	Version        string            // of the provider, told to the server
	Terraform      string            // version of the CLI, told to the server; may be empty
	Transport      http.RoundTripper // what requests go through at last; nil is the network, and then:
	Proxy          *url.URL          // nil is the environment's
	RootCAs        *x509.CertPool    // nil are the system's
	Certificate    *tls.Certificate  // of the client, shown to the server; may be nil

	Timeout          time.Duration // of one request; 0 is DefaultTimeout
	RetryMaxElapsed  time.Duration // of one call that meets faults, from the first on; 0 is DefaultRetryMaxElapsed
	RateLimitMaxWait time.Duration // of one call, for limits; 0 is DefaultRateLimitMaxWait
	Pacer            *Pacer        // nil is one of its own

	ExistenceOnly bool // a refresh may leave out what listings do not say, see KnownIdentity

	Opened *OpenCredentials // remembers what was opened; nil is a register of its own
}

// Client calls one server as one identity. It logs in when the first call needs it.
type Client struct {
	config        Config
	base          string
	auth          *authenticator
	authenticated *http.Client
	public        *http.Client // sends no Authorization: older servers break on it where none is needed

	discovery    sync.Mutex
	organization string

	lacking sync.Map // operations whose newer route this server does not have
	slugs   sync.Map // of projects, by their IDs, where the oldest routes go by them
	reads   reads
	clock   clock // the server's
	seen    sightings
}

// New checks the host and the credentials. It sends nothing.
func New(config Config) (*Client, error) {
	host, err := ParseHost(config.Host)
	if err != nil {
		return nil, err
	}
	if config.Credentials != nil && config.OIDC != nil || config.logsIn() && config.AccessToken != "" {
		return nil, errors.New("more than one of credentials to log in with, OIDC and an access token is given")
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
	c := &Client{config: config, base: host.String(), organization: config.OrganizationID}
	links := chain(config)
	c.public = &http.Client{Transport: links, CheckRedirect: stay}
	c.auth = &authenticator{client: c, next: links}
	c.authenticated = &http.Client{Transport: c.auth, CheckRedirect: stay}
	return c, nil
}

// HasCredentials tells whether calls that need a login can be made.
func (c *Client) HasCredentials() bool {
	return c.config.logsIn() || c.config.AccessToken != ""
}

// logsIn tells whether there is something to log in with.
func (c Config) logsIn() bool { return c.Credentials != nil || c.OIDC != nil }

// organizationSlug is the sub-organisation that is logged into; empty is the identity's own organisation.
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

// ParseHost reads the address of a server, with or without /api and slashes at its end.
// It wants http or https, and neither user, query nor fragment.
func ParseHost(text string) (*url.URL, error) {
	host, err := url.Parse(text)
	switch {
	case err != nil || host.Host == "" || host.Scheme != "https" && host.Scheme != "http":
		return nil, errors.New(`the host must be an address such as "https://infisical.example.com"`)
	case host.User != nil:
		return nil, errors.New("the host must not hold a user or a password")
	case host.RawQuery != "" || host.ForceQuery || host.Fragment != "":
		return nil, errors.New("the host must end with its path, without ? and #")
	}
	trimmed := strings.TrimSuffix(path.Clean("/"+host.Path), api.Prefix)
	return &url.URL{Scheme: host.Scheme, Host: host.Host, Path: strings.TrimSuffix(trimmed, "/")}, nil
}

// request is one call before it is sent.
type request struct {
	op         string     // what is tried, for errors: "read the identity"
	method     string     // of HTTP
	path       string     // below the host, escaped
	template   string     // of the path, the same for all calls of one route
	query      url.Values // may be nil
	body       any        // encoded as JSON; nil sends {} where the method has a body
	idempotent bool       // sent twice it is as good as sent once
	public     bool       // goes without Authorization
	secret     Secret     // part of the body that no error may quote
	err        error      // why it cannot be sent
}

// route starts a request. Every segment is escaped; an empty one is an error, as the path would
// be another route's.
func route(op, method, format string, segments ...string) request {
	r := request{op: op, method: method, template: api.Prefix + format, idempotent: repeatableRoute(method, format)}
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

// do sends a request and decodes its answer. The required fields, as "identity.id", must be there
// and neither null nor empty; through a list, in each of its elements.
func do[T any](ctx context.Context, c *Client, r request, required ...string) (T, error) {
	var answer, none T
	if err := c.into(ctx, &answer, r, required); err != nil {
		return none, err
	}
	return answer, nil
}

// into is do with a pointer to what is answered.
func (c *Client) into(ctx context.Context, answer any, r request, required []string) error {
	status, body, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	var raw any
	if err := json.Unmarshal(body, &raw); err != nil {
		return r.unusable(status, "the answer is not JSON%s", beginning(body, c.secrets(r)))
	}
	for _, field := range required {
		if !has(raw, strings.Split(field, ".")) {
			return r.unusable(status, "the answer lacks %s; is host the address of an identity API?", field)
		}
	}
	c.seen.note(raw, time.Now())
	if err := json.Unmarshal(body, answer); err != nil {
		return r.unusable(status, "the answer has another shape than expected: %s", scrub(err.Error(), c.secrets(r)...))
	}
	return nil
}

// send answers the body of a success.
func (c *Client) send(ctx context.Context, r request) (int, []byte, error) {
	req, err := r.build(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	start := time.Now()
	got, err := c.exchange(req, r.public)
	if err != nil {
		tflog.Debug(ctx, "No answer", map[string]any{"operation": r.op, "method": r.method, "path": r.path})
		return 0, nil, r.unanswered(ctx, err, callOf(req.Context()))
	}
	tflog.Debug(ctx, "Answer", map[string]any{"operation": r.op, "method": r.method, "path": r.path,
		"status": got.status, "milliseconds": time.Since(start).Milliseconds()})
	if got.status != http.StatusOK {
		return 0, nil, c.as(r.refusal(got.status, got.header, got.body, c.secrets(r)))
	}
	if kind, _, _ := mime.ParseMediaType(got.header.Get("Content-Type")); kind != "application/json" {
		return 0, nil, r.unusable(got.status, "the answer is of type %q and not JSON%s; is host the address of an identity API?",
			kind, beginning(got.body, c.secrets(r)))
	}
	c.clock.note(got.header)
	return got.status, got.body, nil
}

// build makes the request of HTTP.
func (r request) build(ctx context.Context, c *Client) (*http.Request, error) {
	if r.err != nil {
		return nil, r.err
	}
	var body io.Reader
	if r.method != http.MethodGet && r.method != http.MethodDelete {
		if r.body == nil {
			r.body = struct{}{} // older servers refuse an empty body
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
	req, err := http.NewRequestWithContext(withCall(ctx, &call{template: r.template, repeatable: r.idempotent}), r.method, address, body)
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

// secrets are those that the server has seen, and might quote.
func (c *Client) secrets(r request) []Secret {
	known := []Secret{r.secret, c.config.AccessToken}
	if c.config.Credentials != nil {
		known = append(known, c.config.Credentials.ClientSecret)
	}
	return known
}

// has tells whether a decoded answer holds the field, and it is neither null nor empty.
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
