// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

const loginPath = api.Prefix + "/v1/auth/universal-auth/login"

// watch stands between Terraform and the API and remembers the tokens that pass. They are in no
// state and no plan, so there is no other way to see that they are dead at the end.
type watch struct {
	host   string // where Terraform finds it
	api    bootstrap
	server *http.Server

	mu     sync.Mutex
	logins []login
}

// login is one that passed.
type login struct {
	clientID, token string
}

func newWatch(ctx context.Context, of bootstrap) (*watch, error) {
	target, err := url.Parse(of.Host)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &watch{host: "http://" + listener.Addr().String(), api: of}
	proxy := &httputil.ReverseProxy{ModifyResponse: w.remember, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		keepBody(r.Out)
	}}
	quiet := slog.NewLogLogger(slog.DiscardHandler, 0) // whoever is interrupted breaks connections
	proxy.ErrorLog = quiet
	w.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 5 * time.Second, ErrorLog: quiet}
	go func() { _ = w.server.Serve(listener) }()
	return w, nil
}

func (w *watch) close() { _ = w.server.Close() }

// keepBody lets a request be read again when it has been answered.
func keepBody(req *http.Request) {
	if req.Body == nil {
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the API will say so
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}

// remember keeps the token of a login that passes.
func (w *watch) remember(resp *http.Response) error {
	if resp.Request.URL.Path != loginPath || resp.StatusCode != http.StatusOK || resp.Request.GetBody == nil {
		return nil
	}
	asked, err := resp.Request.GetBody()
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var who api.UniversalAuthLoginRequest
	var said api.AccessTokenResponse
	if err := errors.Join(json.NewDecoder(asked).Decode(&who), json.Unmarshal(body, &said)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins = append(w.logins, login{who.ClientID, said.AccessToken})
	return nil
}

// tokensAreDead asks the API itself, which may still be hearing from a provider that is going.
func (w *watch) tokensAreDead(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := map[bool]int{}
	for _, l := range w.logins {
		whose := map[bool]string{true: "administrator", false: "identity"}[l.clientID == w.api.ClientID]
		of[l.clientID == w.api.ClientID]++
		err := until(ctx, 3*time.Second, func() (bool, error) {
			a, err := call(ctx, http.MethodGet, w.api.Host+api.Prefix+"/v1/identities/details", l.token, nil)
			return a.status == http.StatusUnauthorized, err
		})
		if err != nil {
			return "", fmt.Errorf("a token of the %s that Terraform had is not dead: %w", whose, err)
		}
	}
	if of[false] == 0 {
		return "", errors.New("no login as the identity came from Terraform")
	}
	return fmt.Sprintf("dead: %d of the administrator, %d of the identity", of[true], of[false]), nil
}

// answer is the API's to one call.
type answer struct {
	status int
	body   []byte
}

// call sends a request and reads the answer, whatever its status.
func call(ctx context.Context, method, address, token string, body any) (answer, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(content))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, read}, err
}

// shown is a token or a secret as it may be printed.
func shown(secret string) string {
	return secret[:min(4, len(secret)/4)] + strings.Repeat("·", 6)
}
