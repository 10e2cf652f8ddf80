// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// statuses maps the kinds of errors to their status and name. Contract: section 0.
var statuses = map[iam.Kind]struct {
	status int
	name   string
}{
	iam.NotFound:        {http.StatusNotFound, api.ErrorNotFound},
	iam.NotAttached:     {http.StatusNotFound, api.ErrorNotFound},
	iam.Conflict:        {http.StatusBadRequest, api.ErrorBadRequest},
	iam.BadRequest:      {http.StatusBadRequest, api.ErrorBadRequest},
	iam.Invalid:         {http.StatusUnprocessableEntity, api.ErrorValidation},
	iam.Unauthenticated: {http.StatusUnauthorized, api.ErrorUnauthorized},
	iam.BadToken:        {http.StatusForbidden, api.ErrorToken},
	iam.Forbidden:       {http.StatusForbidden, api.ErrorForbidden},
	iam.Denied:          {http.StatusForbidden, api.ErrorPermissionDenied},
	iam.Boundary:        {http.StatusForbidden, api.ErrorBoundary},
	iam.Unavailable:     {http.StatusServiceUnavailable, api.ErrorUnavailable},
}

func failure(ctx context.Context, status int, name, sentence string) *api.Error {
	return &api.Error{ReqID: observed(ctx).id, StatusCode: status, Name: name, Message: api.Message{Text: sentence}}
}

func newFault(ctx context.Context, err error) *api.Error {
	observed(ctx).fault = err
	return failure(ctx, http.StatusInternalServerError, api.ErrorInternal, "Something went wrong")
}

// newErrorResponse returns an error of the service as a response. An error of no known kind is a 500.
func newErrorResponse(ctx context.Context, err error) *api.Error {
	observed(ctx).refusal = err
	if e, ok := errors.AsType[*api.Error](err); ok {
		e.ReqID = observed(ctx).id
		return e
	}
	if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		return ruleFailure(ctx, rule)
	}
	if mixed, ok := errors.AsType[*permission.ConflictError](err); ok {
		return failure(ctx, http.StatusBadRequest, api.ErrorBadRequest, mixed.Error())
	}
	var e *iam.Error
	if !errors.As(err, &e) {
		if ctx.Err() != nil {
			return failure(ctx, statusGone, http.StatusText(http.StatusRequestTimeout), "The client closed the connection")
		}
		return newFault(ctx, err)
	}
	s := statuses[e.Kind]
	f := failure(ctx, s.status, s.name, e.Sentence)
	switch e.Kind {
	case iam.Invalid:
		f.Message.Issues = []api.Issue{{Code: cmp.Or(e.Code, "custom"), Path: issuePath(e.Field), Message: e.Sentence}}
	case iam.Denied:
		f.Details, _ = json.Marshal(e.Rules) // strings and booleans always marshal
	case iam.Unavailable:
		observed(ctx).fault = err
	case iam.Boundary:
		d := api.BoundaryDetails{MissingPermissions: []api.MissingPermission{}}
		for _, m := range e.Missing {
			d.MissingPermissions = append(d.MissingPermissions, missingPermission(m))
		}
		f.Details, _ = json.Marshal(d)
	}
	return f
}

func missingPermission(m permission.Uncovered) api.MissingPermission {
	return api.MissingPermission{Action: m.Action, Subject: m.Subject, Conditions: m.Conditions}
}

// ruleFailure returns the error of an invalid rule, with its path in the request.
func ruleFailure(ctx context.Context, e *permission.InvalidError) *api.Error {
	f := failure(ctx, http.StatusUnprocessableEntity, api.ErrorValidation, "")
	f.Message.Issues = []api.Issue{{Code: "custom", Path: append([]any{"permissions"}, e.Path...), Message: e.Sentence}}
	return f
}

// writeError writes the response to a request that no handler has.
func writeError(w http.ResponseWriter, e *api.Error) {
	maps.Copy(w.Header(), e.GetHeaders())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.StatusCode)
	_ = json.NewEncoder(w).Encode(e) // the client may have closed the connection
}

// statusGone is the status in the log of a request whose client closed the connection.
const statusGone = 499

func noRoute(w http.ResponseWriter, r *http.Request) {
	writeError(w, failure(r.Context(), http.StatusNotFound, api.ErrorNoRoute,
		fmt.Sprintf("Route %s:%s not found", r.Method, shownPath(r.URL.Path))))
}

// init makes huma report errors in the form of the contract. The details of huma quote the value that
// was sent, which may be a secret, so only their locations and messages are used.
func init() {
	huma.ValidateStrictCasing = true
	huma.ErrorFormatter = func(format string, args ...any) string {
		for n, arg := range args {
			if number, ok := arg.(float64); ok { // 315360000, not 3.1536e+08
				args[n] = strconv.FormatFloat(number, 'f', -1, 64)
			}
		}
		return fmt.Sprintf(format, args...)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, sentence string, errs ...error) huma.StatusError {
		ctx := context.Background()
		if c != nil {
			ctx = c.Context()
		}
		return schemaFailure(ctx, status, sentence, errs)
	}
}

// unreadable is the message of huma for a body that ends too early.
const unreadable = "cannot read request body"

func schemaFailure(ctx context.Context, status int, sentence string, errs []error) *api.Error {
	switch {
	case status == http.StatusBadRequest && len(errs) == 0: // there is no body
		f := failure(ctx, http.StatusUnprocessableEntity, api.ErrorValidation, "")
		f.Message.Issues = []api.Issue{{Code: "invalid_type", Path: []any{}, Message: "Required: " + sentence}}
		return f
	case status == http.StatusBadRequest:
		return failure(ctx, status, api.ErrorBadRequest, "The request body is not valid JSON")
	case status == http.StatusUnsupportedMediaType:
		return failure(ctx, status, http.StatusText(status), "The request body must be JSON: set the header Content-Type: application/json")
	case status == http.StatusUnprocessableEntity:
		f := failure(ctx, status, api.ErrorValidation, "")
		for _, err := range errs {
			f.Message.Issues = append(f.Message.Issues, issueOf(err))
		}
		return f
	case sentence == unreadable:
		return failure(ctx, http.StatusBadRequest, api.ErrorBadRequest, "The request body ends too early, or is not framed as its headers say")
	case status >= http.StatusInternalServerError:
		return newFault(ctx, errors.Join(errs...))
	default:
		return failure(ctx, status, http.StatusText(status), sentence)
	}
}

func issueOf(err error) api.Issue {
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return api.Issue{Code: "custom", Path: []any{}, Message: "invalid"}
	}
	_, field, inside := strings.Cut(d.Location, ".") // the first element is body, query or path
	if !inside && issueCode(d.Message) == "custom" { // the decoder's own words may quote what was sent
		return api.Issue{Code: "custom", Path: []any{}, Message: "does not fit the schema"}
	}
	issue := api.Issue{Code: issueCode(d.Message), Path: issuePath(field), Message: d.Message}
	var required string
	if n, _ := fmt.Sscanf(d.Message, validation.MsgExpectedRequiredProperty, &required); n == 1 {
		issue.Path, issue.Message = append(issue.Path, required), "Required"
	}
	return issue
}

// issuePath splits metadata[0].key and metadata.0.key in the same way.
func issuePath(field string) []any {
	path := []any{}
	for _, part := range strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		if n, err := strconv.Atoi(part); err == nil {
			path = append(path, n)
		} else {
			path = append(path, part)
		}
	}
	return path
}

// issueCodes maps the messages of huma, which are constants of its package, to codes.
var issueCodes = []struct {
	code      string
	sentences []string
}{
	{"too_small", []string{
		validation.MsgExpectedMinimumNumber, validation.MsgExpectedMinLength, validation.MsgExpectedMinItems,
	}},
	{"too_big", []string{
		validation.MsgExpectedMaximumNumber, validation.MsgExpectedMaxLength, validation.MsgExpectedMaxItems,
	}},
	{"invalid_enum_value", []string{validation.MsgExpectedOneOf}},
	{"invalid_type", []string{
		validation.MsgExpectedBoolean, validation.MsgExpectedNumber, validation.MsgExpectedInteger,
		validation.MsgExpectedString, validation.MsgExpectedArray, validation.MsgExpectedObject,
		validation.MsgExpectedRequiredProperty, "required query parameter", "invalid integer", "invalid boolean",
	}},
}

// issueCode returns the code of the first message with the same beginning. Longer beginnings come
// first: "expected number >= %v" before "expected number".
func issueCode(message string) string {
	for _, known := range issueCodes {
		for _, sentence := range known.sentences {
			start, _, _ := strings.Cut(sentence, "%")
			if strings.HasPrefix(message, start) {
				return known.code
			}
		}
	}
	return "custom"
}
