// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// ErrNoCredentials is the error of every call that needs a login, where there is nothing to log in with.
var ErrNoCredentials = errors.New("the provider has no credentials")

// ErrTokenRefused stands in the chain of an error where the server refused the access token of
// the configuration, which cannot be replaced by logging in.
var ErrTokenRefused = errors.New("the server refused the configured access token")

// Error is a call that failed: what was tried, and what the server answered, if it did.
// It never holds a secret or a token.
type Error struct {
	Op      string                  // what was tried: "read the identity"
	Method  string                  // of HTTP
	Path    string                  // below the host, escaped
	Status  int                     // of HTTP; 0 where no answer came
	Name    string                  // api.Error.Name; empty where the answer was not the API's
	Message string                  // a sentence
	Issues  []api.Issue             // fields the server refuses
	Missing []api.MissingPermission // what the caller lacks to hand over what it wants to
	ReqID   string                  // names the request in the server's log
	Gone    bool                    // what was asked for does not exist, whatever the status
	Lost    bool                    // the server may have done it, although its answer does not say so
	Caller  string                  // the identity that was refused, as its token names it; empty where it does not
	Err     error                   // why no good answer came
	Remedy  string                  // what to do, where that is known better than Explain can guess

	Considered []string    // of the caller's rules, where a permission is denied: "read on secrets where environment is "dev""
	Candidates []Candidate // for what a create may have made, or what stands in its way
}

func (e *Error) Error() string {
	sentence := e.Op + ": " + e.Message
	if len(e.Candidates) > 0 {
		sentence += "; there is " + listed(e.Candidates)
	}
	for _, issue := range e.Issues {
		sentence += fmt.Sprintf("; %s: %s", IssueField(issue), issue.Message)
	}
	if !strings.Contains(e.Message, e.MissingPermissions()) { // newer servers name one in the message
		sentence += "; missing: " + e.MissingPermissions()
	}
	if e.Status != 0 {
		sentence += fmt.Sprintf(" (%s %s answered %s)", e.Method, e.Path, strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Name)))
	}
	return sentence
}

// MissingPermissions lists them as "edit on identity, read on secrets where environment is "prod"".
func (e *Error) MissingPermissions() string {
	parts := make([]string, len(e.Missing))
	for i, missing := range e.Missing {
		parts[i] = missing.Action + " on " + missing.Subject + where(missing.Conditions)
	}
	return strings.Join(parts, ", ")
}

func (e *Error) Unwrap() error { return e.Err }

// IsNotFound tells whether the thing asked for does not exist. A missing route, a proxy's 404 and
// a login with an unknown client ID are none of that.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Gone || e.Status == http.StatusNotFound && e.Name == api.ErrorNotFound)
}

// IsNoRoute tells whether the server does not know the route: it is older than it.
func IsNoRoute(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && e.Name == api.ErrorNoRoute
}

// since words a missing route: of what the server is too old for, and when that came.
func since(err error, what, when string) error {
	if e, ok := errors.AsType[*Error](err); ok && IsNoRoute(err) {
		e.Message = "this server is older than " + what + ", which servers have since " + when
	}
	return err
}

// Status is the status of the answer that is the error, 0 where there was none.
func Status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// Issues are the fields that the server refuses, none where the error is another.
func Issues(err error) []api.Issue {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Issues
	}
	return nil
}

// IssueField is the field of an issue as it stands in the request: "metadata.0.key".
func IssueField(issue api.Issue) string {
	parts := make([]string, len(issue.Path))
	for i, part := range issue.Path {
		parts[i] = fmt.Sprint(part)
	}
	return strings.Join(parts, ".")
}

// refusal reads the API's error out of an answer that is not a success.
func (r request) refusal(status int, header http.Header, body []byte, known []Secret) *Error {
	e := &Error{Op: r.op, Method: r.method, Path: r.path, Status: status,
		Lost: r.method == http.MethodPost && (isGatewayFailure(status) || status == http.StatusInternalServerError)}
	var said api.Error
	if json.Unmarshal(body, &said) != nil || said.Name == "" {
		e.Message = fmt.Sprintf("the server answered %d %s, and not as the identity API does%s",
			status, http.StatusText(status), beginning(body, known))
		if to, err := url.Parse(header.Get("Location")); err == nil && status/100 == 3 {
			e.Message = fmt.Sprintf("the server redirects to %s://%s, where no credentials are sent; set host to the address that answers itself", to.Scheme, to.Host)
		}
		return e
	}
	e.Name, e.ReqID, e.Issues = scrub(said.Name, known...), said.ReqID, said.Message.Issues
	for i := range e.Issues {
		e.Issues[i].Message = scrub(e.Issues[i].Message, known...)
	}
	e.Message = scrub(strings.TrimSuffix(said.Message.Text, "."), known...)
	var details api.BoundaryDetails
	if json.Unmarshal(said.Details, &details) == nil {
		e.Missing = details.MissingPermissions
	}
	if e.Name == api.ErrorPermissionDenied {
		e.Considered = considered(said.Details)
	}
	switch {
	case e.Name == api.ErrorNoRoute:
		e.Message = "this server does not know the route; it is older than what was asked of it"
	case e.Issues != nil:
		e.Message = "the server refuses what was sent"
	}
	return e
}

// unanswered words what kept an answer from coming.
func (r request) unanswered(ctx context.Context, err error, c *call) error {
	if e, ok := errors.AsType[*Error](err); ok {
		own := *e // the login's, or the refusal of the configured token, which several callers share
		own.Lost = false
		return &own
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // its text would repeat the method and the address
	}
	e := &Error{Op: r.op, Method: r.method, Path: r.path, Message: err.Error(), Err: err, Lost: r.method == http.MethodPost && c.lost.Load()}
	switch {
	case errors.Is(err, ErrNoCredentials), isLimit(err):
	case ctx.Err() != nil:
		e.Message, e.Err = ended(ctx), context.Cause(ctx)
		if waiting := c.waiting.Load(); waiting != nil {
			e.Message += " while it waited for " + *waiting
		}
	case errors.Is(err, context.DeadlineExceeded):
		e.Message = "no answer came in time"
	default:
		e.Message = "no answer came: " + err.Error()
	}
	return e
}

// ended says why a context did: it was interrupted, unless its cause says more.
func ended(ctx context.Context) string {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

// unusable is an answer that says success, but is not what was asked for.
func (r request) unusable(status int, format string, args ...any) *Error {
	return &Error{Op: r.op, Method: r.method, Path: r.path, Status: status, Message: fmt.Sprintf(format, args...), Lost: r.method == http.MethodPost}
}

// beginning quotes the first characters of a text that is not the API's, on one line.
func beginning(body []byte, known []Secret) string {
	text := strings.Join(strings.Fields(scrub(string(body), known...)), " ")
	if text == "" {
		return ""
	}
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:120]) + "…"
	}
	return fmt.Sprintf("; it begins %q", text)
}
