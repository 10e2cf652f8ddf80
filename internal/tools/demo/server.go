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
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// stopTimeout is how long a process may take to stop after SIGTERM.
const stopTimeout = 10 * time.Second

// userAgent distinguishes requests of the demo from requests of the provider in the audit log.
const userAgent = "machineid-demo"

// server is the API as a process.
type server struct {
	bootstrap bootstrap
	stop      func()
}

// bootstrap has the fields of the bootstrap file that the demo uses.
type bootstrap struct {
	Host         string `json:"host"`
	IdentityID   string `json:"identity_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AccessToken  string `json:"access_token"`
}

// start runs serve on a free port and returns when it has written the bootstrap file.
func (s *server) start(ctx context.Context, provider, dir string) (string, error) {
	file, output := filepath.Join(dir, "bootstrap.json"), &bytes.Buffer{}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx)) // Ctrl-C stops the CLI first
	serve := command(own, provider, "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(dir, "machineid.db"), "--bootstrap-file", file)
	serve.Stderr = output
	if err := serve.Start(); err != nil {
		cancel()
		return "", err
	}
	ended := make(chan struct{})
	var ending error // set before ended is closed
	go func() { ending = serve.Wait(); close(ended) }()
	s.stop = func() { cancel(); <-ended }
	err := until(ctx, 15*time.Second, func() (bool, error) {
		if text, err := os.ReadFile(file); err == nil {
			return true, json.Unmarshal(text, &s.bootstrap)
		}
		select {
		case <-ended:
			return false, fmt.Errorf("serve ended: %w\n%s", ending, output)
		default:
			return false, nil
		}
	})
	return "on " + s.bootstrap.Host + ", with an empty database", err
}

var longID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// call sends a request and decodes the response into out. Another status than want is an error. It
// returns a summary such as "GET /v1/identities/0c263653… → 200".
func (s *server) call(ctx context.Context, method, path, token string, body any, want int, out any) (string, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.bootstrap.Host+api.Prefix+path, bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if content, err = io.ReadAll(resp.Body); err != nil {
		return "", err
	}
	summary := fmt.Sprintf("%s %s → %d", method, longID.ReplaceAllStringFunc(path, func(id string) string { return id[:8] + "…" }), resp.StatusCode)
	if resp.StatusCode != want {
		return "", fmt.Errorf("%s, want %d: %s", summary, want, content)
	}
	return summary, json.Unmarshal(content, out)
}

// tokensRevoked waits until every access token that the provider received has been revoked, by the
// audit log. The provider may still be stopping when the CLI has ended.
func (s *server) tokensRevoked(ctx context.Context) (string, error) {
	var summary string
	err := until(ctx, 3*time.Second, func() (bool, error) {
		var log api.AuditLogsResponse
		const path = "/v1/organization/audit-logs?limit=1000&eventType=login-identity-universal-auth,revoke-access-token"
		if _, err := s.call(ctx, http.MethodGet, path, s.bootstrap.AccessToken, nil, http.StatusOK, &log); err != nil {
			return false, err
		}
		logins, revoked := map[bool]int{}, map[bool]int{} // of the administrator, of the identity
		for _, e := range log.AuditLogs {
			administrator := e.Actor.Metadata.IdentityID == s.bootstrap.IdentityID
			switch {
			case e.Outcome != "success" || e.UserAgent == userAgent:
			case e.Event.Type == "revoke-access-token":
				revoked[administrator]++
			default:
				logins[administrator]++
			}
		}
		summary = fmt.Sprintf("revoked: %d of the administrator, %d of the identity", revoked[true], revoked[false])
		return len(logins) == 2 && maps.Equal(logins, revoked), nil
	})
	if err != nil {
		return "", fmt.Errorf("access tokens are not revoked: %w; %s", err, summary)
	}
	return summary, nil
}

// command returns a command in a process group of its own, so that Ctrl-C reaches the demo only. It gets
// SIGTERM when ctx ends, and SIGKILL after stopTimeout.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	return cmd
}

// until polls a condition until it holds, fails, or the time is up.
func until(ctx context.Context, limit time.Duration, holds func() (bool, error)) error {
	deadline, ticker := time.After(limit), time.NewTicker(20*time.Millisecond)
	defer ticker.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-deadline:
			return errors.New("not within " + limit.String())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// redact returns the start of a secret.
func redact(secret string) string { return secret[:min(4, len(secret)/4)] + "······" }
