// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// house is everything that must be gone at the end: a folder, the API's process, and the proxy
// that watches what Terraform asks of the API.
type house struct {
	dir      string
	provider string // the built provider, which serves the API too
	api      bootstrap
	server   *process
	watch    *watch
}

// bootstrap is the file that the API writes for whoever started it.
type bootstrap struct {
	Host         string `json:"host"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

func newHouse(provider string) (*house, error) {
	absolute, err := filepath.Abs(provider)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "machineid-demo-")
	if err != nil {
		return nil, err
	}
	return &house{dir: dir, provider: absolute}, nil
}

// startAPI runs serve on a free port and returns when it answers.
func (h *house) startAPI(ctx context.Context) (string, error) {
	file, logged := filepath.Join(h.dir, "bootstrap.json"), filepath.Join(h.dir, "api.log")
	log, err := os.OpenFile(logged, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = log.Close() }() // the process has its own
	serve := exec.CommandContext(context.WithoutCancel(ctx), h.provider, "serve", "--listen", "127.0.0.1:0",
		"--database", filepath.Join(h.dir, "machineid.db"), "--bootstrap-file", file)
	serve.Stderr = log
	if h.server, err = start(serve); err != nil {
		return "", err
	}
	err = until(ctx, 15*time.Second, func() (bool, error) {
		text, err := os.ReadFile(file)
		if err == nil {
			return true, json.Unmarshal(text, &h.api)
		}
		return false, h.server.gone()
	})
	if err != nil && ctx.Err() == nil {
		return "", &commandError{"the API does not answer: " + err.Error(), tail(logged, 4000)}
	}
	if err == nil {
		h.watch, err = newWatch(ctx, h.api)
	}
	return "on " + h.api.Host + ", with an empty database", err
}

// close stops the API and removes the folder.
func (h *house) close() error {
	if h.watch != nil {
		h.watch.close()
	}
	if h.server != nil {
		h.server.stop()
	}
	return os.RemoveAll(h.dir)
}

// until asks again and again until the answer is yes, an error, or the time is up.
func until(ctx context.Context, limit time.Duration, asked func() (bool, error)) error {
	deadline, every := time.After(limit), time.NewTicker(20*time.Millisecond)
	defer every.Stop()
	for {
		if yes, err := asked(); yes || err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-deadline:
			return errors.New("not within " + limit.String())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tail is the end of a file, for the one who has to find out what went wrong.
func tail(path string, bytes int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > bytes {
		_, _ = f.Seek(-bytes, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}
