// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	content, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
	}
	_ = body.Close()
	return string(content)
}

// answers is what a server or a proxy may say.
func answers(status int, contentType, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body))}
}

// without sends on, and takes fields out of the answer as an older server would not have them.
// An identity's organisation stays where it is read, as older servers tell it there.
func without(next http.RoundTripper, req *http.Request, fields ...string) (*http.Response, error) {
	resp, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
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
