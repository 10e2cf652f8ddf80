// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package providertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ReadBody reads and closes a body.
func ReadBody(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	content, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
	}
	_ = body.Close()
	return string(content)
}

// Response returns a response with the body.
func Response(status int, contentType, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body))}
}

// WithoutFields sends the request and removes fields from the response that an older server does not
// return. On GET requests orgId and metadata stay, which older servers return there. The description of
// the API stays, so that the client does not know in advance that the fields are ignored.
func WithoutFields(next http.RoundTripper, req *http.Request, fields ...string) (*http.Response, error) {
	resp, err := next.RoundTrip(req)
	if err != nil || strings.HasSuffix(req.URL.Path, "/docs/json") {
		return resp, err
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	var answer any
	if json.Unmarshal(content, &answer) == nil {
		if req.Method == http.MethodGet {
			fields = slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return field == "orgId" || field == "metadata" })
		}
		prune(answer, fields)
		if content, err = json.Marshal(answer); err != nil {
			return nil, err
		}
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	return resp, nil
}

func prune(value any, fields []string) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if slices.Contains(fields, name) {
				delete(value, name)
			}
			prune(inner, fields)
		}
	case []any:
		for _, inner := range value {
			prune(inner, fields)
		}
	}
}

// Transport is a RoundTripper that can change requests and responses of the network.
type Transport func(next http.RoundTripper, req *http.Request) (*http.Response, error)

// RoundTrip calls the function with the default transport.
func (w Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return w(http.DefaultTransport, req)
}

// WithoutRoutes returns a Transport that returns status 404 for routes, as a server that does not have them.
func WithoutRoutes(routes ...string) Transport {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		for _, route := range routes {
			if strings.HasPrefix(req.URL.Path, "/api"+route) {
				return Response(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route not found"}`), nil
			}
		}
		return next.RoundTrip(req)
	}
}
