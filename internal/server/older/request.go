// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
)

// body is the body of a request.
type body struct {
	sent   []byte
	fields map[string]jsontext.Value // nil: not a JSON object
	form   url.Values                // nil: not a form
}

// read reads a body up to the bound of the server, which rejects what is longer or breaks off.
func (b *body) read(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(server.BodyTimeout)) // not supported within the process
	var err error
	b.sent, err = io.ReadAll(io.LimitReader(r.Body, server.MaxBody))
	rest := r.Body
	if err != nil {
		rest = io.NopCloser(broken{err})
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b.sent), rest), r.Body}
	if err != nil {
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		b.form, _ = url.ParseQuery(string(b.sent)) // the server rejects a bad form
	} else if strict.Unmarshal(b.sent, &b.fields) != nil {
		b.fields = nil
	}
}

// broken is a body that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// replace makes the fields the body of the request.
func (b *body) replace(r *http.Request) {
	if b.fields == nil {
		return
	}
	content, err := strict.Marshal(b.fields)
	if err != nil {
		return // the server rejects it
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
}

// text returns a field that is a string, or "".
func (b *body) text(key string) string {
	if b.form != nil {
		return strings.TrimSpace(b.form.Get(key))
	}
	var text string
	if strict.Unmarshal(b.fields[key], &text) != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

func (b *body) set(key, text string) {
	if b.fields != nil {
		value, err := strict.Marshal(text)
		if err == nil {
			b.fields[key] = value
		}
	}
}

func (b *body) isZero(key string) bool {
	var number float64
	return b.fields[key].Kind() == '0' && strict.Unmarshal(b.fields[key], &number) == nil && number == 0
}

// knows reports whether an older server has a field of a request.
func knows(method, pattern, field string) bool {
	switch {
	case pattern == "/v2/workspace":
		return field == "projectName" || field == "slug"
	case method == http.MethodPatch && strings.HasSuffix(pattern, "/workspace/{project}"):
		return field == "name" || field == "autoCapitalization"
	}
	return field != "organizationSlug" && !slices.Contains(newer, field)
}

// rewrite drops the fields that an older server does not know, and rejects what it rejects.
func (o *wrapper) rewrite(x *exchange) error {
	b := &x.body
	for field := range b.fields {
		if !knows(x.Method, x.pattern, field) {
			delete(b.fields, field)
		}
	}
	switch {
	case strings.HasPrefix(x.pattern, "/v1/auth/token/"):
		x.renewed = b.text("accessToken")
		if x.session = o.session(x.renewed); x.renewed != "" {
			b.set("accessToken", x.session.current)
		}
	case x.authMethod() != "":
		return o.rewriteAuth(x)
	case strings.HasPrefix(x.pattern, rolesPath):
		if b.fields["description"].Kind() == 'n' {
			return invalid(api.Issue{Code: "invalid_type", Path: []any{"description"}, Message: "Expected string, received null"})
		}
	case x.pattern == "/v2/workspace":
		if len(b.text("slug")) > 36 {
			return invalid(api.Issue{Code: "too_big", Path: []any{"slug"}, Message: "String must contain at most 36 characters"})
		}
	}
	return nil
}

// rewriteAuth handles the routes of auth methods. An identity of an older server has one at most.
func (o *wrapper) rewriteAuth(x *exchange) error {
	b := &x.body
	if x.attaches() {
		// A server reveals that the identity exists only to callers that may read it.
		if i, err := o.service.Identity(x.Context(), x.actor, x.param("identityId")); err == nil && len(i.AuthMethods) > 0 {
			return iam.Errorf(iam.Conflict, "Failed to add an auth method to already configured identity")
		}
		if b.fields != nil && x.authMethod() == api.MethodUniversalAuth {
			b.fields["lockoutEnabled"] = jsontext.Value("false")
		}
	}
	var issues []api.Issue
	if x.attaches() && b.isZero("accessTokenTTL") {
		issues = append(issues, api.Issue{Code: "too_small", Path: []any{"accessTokenTTL"}, Message: "Number must be at least 1"},
			api.Issue{Code: "custom", Path: []any{"accessTokenTTL"}, Message: "must not be 0"})
	}
	if b.isZero("accessTokenMaxTTL") {
		issues = append(issues, api.Issue{Code: "custom", Path: []any{"accessTokenMaxTTL"}, Message: "must not be 0"})
	}
	if issues != nil {
		return invalid(issues...)
	}
	return nil
}

func invalid(issues ...api.Issue) error {
	return &api.Error{StatusCode: http.StatusUnprocessableEntity, Name: api.ErrorValidation, Message: api.Message{Issues: issues}}
}
