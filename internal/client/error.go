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
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// ErrNoCredentials is returned by every call that needs a login if the client has no credentials.
var ErrNoCredentials = errors.New("the provider has no credentials")

// ErrTokenRejected is wrapped by errors of calls whose configured access token the server rejected.
// The client cannot replace that token by logging in.
var ErrTokenRejected = errors.New("the server rejected the configured access token")

// Error is a failed call: the operation and, if there was one, the response of the server. It never
// contains a secret or a token.
type Error struct {
	Op      string                  // operation: "read the identity"
	Method  string                  // HTTP method
	Path    string                  // below the host, escaped
	Status  int                     // HTTP status; 0: no response
	Name    string                  // api.Error.Name; empty: the response is not the API's
	Message string                  // a sentence without its period
	Issues  []api.Issue             // fields that the server rejected
	Missing []api.MissingPermission // permissions that the caller lacks for what it wants to grant
	ReqID   string                  // identifies the request in the server's log
	Gone    bool                    // the object does not exist; the status may be another than 404
	Lost    bool                    // the server may have created an object
	Delay   time.Duration           // Retry-After of a 503
	Caller  string                  // identity that the server denied the request, from its token; may be empty
	Err     error                   // cause without a response
	Remedy  string                  // what to do, if more specific than what Explain finds
	Lacks   string                  // what the plan of the server does not include: "custom roles"

	Considered []string    // the caller's rules on the subject of a denied permission: `read on secrets where environment is "dev"`
	Candidates []Candidate // objects that a create may have made, or that conflict with it
}

func (e *Error) Error() string {
	sentence := e.Op + ": " + e.Message
	if len(e.Candidates) > 0 {
		sentence += "; found " + joinCandidates(e.Candidates)
	}
	for _, issue := range e.Issues {
		sentence += fmt.Sprintf("; %s: %s", IssueField(issue), issue.Message)
	}
	if !strings.Contains(e.Message, e.MissingPermissions()) { // newer servers name one in the message
		sentence += "; missing: " + e.MissingPermissions()
	}
	if e.Status != 0 {
		sentence += fmt.Sprintf(" (%s %s returned %s)", e.Method, e.Path, strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Name)))
	}
	return sentence
}

// MissingPermissions lists them as `edit on identity, read on secrets where environment is "prod"`.
func (e *Error) MissingPermissions() string {
	parts := make([]string, len(e.Missing))
	for i, missing := range e.Missing {
		parts[i] = permission.Rule{Subject: missing.Subject, Actions: []string{missing.Action}, Conditions: missing.Conditions}.String()
	}
	return strings.Join(parts, ", ")
}

func (e *Error) Unwrap() error { return e.Err }

// IsNotFound reports whether the requested object does not exist. It is false for a missing route, a
// 404 of a proxy, and a login with an unknown client ID.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Gone || e.Status == http.StatusNotFound && e.Name == api.ErrorNotFound)
}

// IsNoRoute reports whether the server does not have the route, because it is older.
func IsNoRoute(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && e.Name == api.ErrorNoRoute
}

// availableSince explains a missing route: which feature the server lacks, and since when servers
// have it.
func availableSince(err error, feature, when string) error {
	if e, ok := errors.AsType[*Error](err); ok && IsNoRoute(err) {
		e.Message = "this server is older than " + feature + ", available since " + when
	}
	return err
}

// Status returns the status of the response that is the error; 0 without one.
func Status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// Issues returns the fields that the server rejected.
func Issues(err error) []api.Issue {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Issues
	}
	return nil
}

// IssueField returns the field of an issue as in the request: "metadata.0.key".
func IssueField(issue api.Issue) string {
	parts := make([]string, len(issue.Path))
	for i, part := range issue.Path {
		parts[i] = fmt.Sprint(part)
	}
	return strings.Join(parts, ".")
}

// creates reports whether a repetition of the request would create another object.
func (r request) creates() bool { return r.method == http.MethodPost && !r.idempotent }

// rejected returns the error of a response that is not a success.
func (r request) rejected(status int, header http.Header, body []byte, known []Secret) *Error {
	e := &Error{Op: r.op, Method: r.method, Path: r.path, Status: status, Delay: requestedDelay(status, header),
		Lost: r.creates() && (isGatewayFailure(status) || status == http.StatusInternalServerError)}
	var parsed api.Error
	if json.Unmarshal(body, &parsed) != nil || parsed.Name == "" {
		e.Message = fmt.Sprintf("status %d %s, and the response is not the identity API's%s", status, http.StatusText(status), excerpt(body, known))
		if to, err := url.Parse(header.Get("Location")); err == nil && status/100 == 3 {
			e.Message = fmt.Sprintf("the server redirects to %s://%s, and credentials are never sent there; set host to the final address", to.Scheme, to.Host)
		}
		return e
	}
	e.Name, e.ReqID, e.Issues = scrub(parsed.Name, known...), parsed.ReqID, parsed.Message.Issues
	for i := range e.Issues {
		e.Issues[i].Message = scrub(e.Issues[i].Message, known...)
	}
	e.Message = scrub(strings.TrimSuffix(parsed.Message.Text, "."), known...)
	var details api.BoundaryDetails
	if json.Unmarshal(parsed.Details, &details) == nil {
		e.Missing = details.MissingPermissions
	}
	if e.Name == api.ErrorPermissionDenied {
		e.Considered = consideredRules(parsed.Details)
	}
	e.Lacks = planLacks(e)
	switch {
	case e.Name == api.ErrorNoRoute:
		e.Message = "this server does not have the route and is probably older"
	case e.Issues != nil:
		e.Message = "the server rejected the request"
	}
	return e
}

// failed returns the error of a call without a response.
func (r request) failed(ctx context.Context, err error, a *attempt) error {
	if e, ok := errors.AsType[*Error](err); ok {
		own := *e // of the login or the configured token, which concurrent calls share
		own.Lost = false
		return &own
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // its text would repeat the method and the address
	}
	e := &Error{Op: r.op, Method: r.method, Path: r.path, Message: err.Error(), Err: err, Lost: r.creates() && a.mayHaveRun}
	switch {
	case errors.Is(err, ErrNoCredentials), isRateLimitError(err):
	case ctx.Err() != nil:
		e.Message, e.Err = endReason(ctx), context.Cause(ctx)
		if waiting := a.waitingFor.Load(); waiting != nil {
			e.Message += " while waiting for " + *waiting
		}
	case errors.Is(err, context.DeadlineExceeded):
		e.Message = "no response within the timeout"
	default:
		e.Message = "no response: " + err.Error()
	}
	return e
}

// endReason returns why a context ended: an interrupt, unless its cause is more specific.
func endReason(ctx context.Context) string {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

// unusable returns the error of a response with status 200 that has not the expected content.
func (r request) unusable(status int, format string, args ...any) *Error {
	return &Error{Op: r.op, Method: r.method, Path: r.path, Status: status, Message: fmt.Sprintf(format, args...), Lost: r.creates()}
}

// excerpt quotes the beginning of a response that cannot be used, unless it may have a new credential.
func (r request) excerpt(body []byte, known []Secret) string {
	if r.issued != nil {
		return ""
	}
	return excerpt(body, known)
}

// excerpt quotes the first 120 characters of a response that is not the API's, on one line.
func excerpt(body []byte, known []Secret) string {
	text := strings.Join(strings.Fields(scrub(string(body), known...)), " ")
	if text == "" {
		return ""
	}
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:120]) + "…"
	}
	return fmt.Sprintf("; it begins %q", text)
}
