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

// Connection is the API on a database file within this process: no port is listened on. Requests go
// straight to the API, as if from 127.0.0.1; one without a token is the organisation admin's, whose
// token is in the memory of this process alone. Several processes may be connected to one file.
type Connection struct {
	sandbox *Sandbox

	mu    sync.Mutex
	token iam.IssuedToken
	renew time.Time // when the admin's token is replaced
}

// Connect opens the API on the file, which is made if it is not there, for its owner alone. A file
// that others may read is refused: who has read it can sign tokens.
func Connect(ctx context.Context, path string) (*Connection, error) {
	if strings.Contains(path, "://") || strings.HasPrefix(strings.TrimSpace(path), ":memory:") {
		return nil, errors.New("a sandbox needs the path of a file")
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
	if errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows" { // where modes say nothing
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file cannot be opened: %w", err)
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o077 != 0 {
		return fmt.Errorf("others may read or write %s (its mode is %04o), and it holds the keys that tokens are signed with: "+
			"run chmod 600 on it if it is yours and nobody has read it, or remove it, or name another", path, mode.Perm())
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
	out := answer{header: http.Header{}}
	c.sandbox.Handler.ServeHTTP(&out, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out.response(req), nil
}

// adminToken answers a token with half of its life left at least.
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

// Close ends the admin's token and closes the file.
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

// answer is what the API writes, in memory.
type answer struct {
	header http.Header
	status int // 0: not yet
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) response(req *http.Request) *http.Response {
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
