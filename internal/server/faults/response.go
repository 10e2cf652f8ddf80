// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// maxBuffered limits how many bytes of a request body are read before its fault. The handler reads the
// rest.
const maxBuffered = 1 << 20

// buffer reads the body of a request. net/http detects a closed connection only after that.
func buffer(req *http.Request) {
	head, err := io.ReadAll(io.LimitReader(req.Body, maxBuffered))
	rest := io.Reader(req.Body)
	if err != nil {
		rest = failedReader{err}
	}
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), req.Body}
}

type failedReader struct{ err error }

func (b failedReader) Read([]byte) (int, error) { return 0, b.err }

// recorder records a response without sending it.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}

// send sends the recorded response with the first n bytes of its body.
func (r *recorder) send(w http.ResponseWriter, n int) {
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body[:n])
}
