// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Connection is an http.RoundTripper that calls the API on a database file in this process, without a
// listener. Requests have the client address 127.0.0.1. Requests without a token act as the organization's
// admin, whose token is in memory only. Several processes can use one file.
type Connection struct {
	sandbox *Sandbox

	mu    sync.Mutex
	token iam.IssuedToken
	renew time.Time // when the admin's token is replaced
}

// Connect opens the API on a file, which it creates with mode 0600 if it does not exist. It rejects a file
// that others can access, because it contains the keys that sign tokens.
func Connect(ctx context.Context, path string) (*Connection, error) {
	if strings.Contains(path, "://") || strings.HasPrefix(strings.TrimSpace(path), ":memory:") {
		return nil, errors.New("a sandbox requires the path of a file")
	}
	if err := ofOwnerAlone(path); err != nil {
		return nil, err
	}
	s, err := Open(ctx, Options{Database: path})
	if err != nil {
		return nil, err
	}
	return &Connection{sandbox: s}, nil
}

func ofOwnerAlone(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows" { // no file modes
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file cannot be opened: %w", err)
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o077 != 0 {
		return fmt.Errorf("others can access %s (mode %04o), which contains the keys that sign tokens. "+
			"Run chmod 600 if nobody else has read it, remove it, or set another path", path, mode.Perm())
	}
	return nil
}

// RoundTrip implements http.RoundTripper.
func (c *Connection) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := req.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() { _ = in.Body.Close() }()
	in.RemoteAddr, in.RequestURI = "127.0.0.1:0", req.URL.RequestURI()
	if in.Header.Get("Authorization") == "" {
		token, err := c.adminToken(ctx)
		if err != nil {
			return nil, err
		}
		in.Header.Set("Authorization", "Bearer "+token)
	}
	out := recorder{header: http.Header{}}
	c.sandbox.Handler.ServeHTTP(&out, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out.response(req), nil
}

// adminToken returns a token with at least half of its lifetime left.
func (c *Connection) adminToken(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.After(c.renew) {
		t, err := c.sandbox.service.IssueAdminToken(ctx)
		if err != nil {
			return "", err
		}
		c.token, c.renew = t, now.Add(t.ExpiresIn/2)
	}
	return c.token.Signed, nil
}

// Close revokes the admin's token and closes the file.
func (c *Connection) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.token.Signed != "" {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		err = c.sandbox.service.RevokeAccessToken(ctx, c.token.Signed)
	}
	return errors.Join(err, c.sandbox.Close())
}

// recorder is an http.ResponseWriter in memory.
type recorder struct {
	header http.Header
	status int // 0 before WriteHeader
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header { return a.header }

func (a *recorder) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorder) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *recorder) response(req *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        a.header,
		Body:          io.NopCloser(&a.body),
		ContentLength: int64(a.body.Len()),
		Request:       req,
	}
}
