// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
)

// auditFlags say what becomes of the audit log.
type auditFlags struct {
	file      string
	retention int // days
}

const (
	day             = 24 * time.Hour
	maxRetention    = 36500 // days
	forgetsEveryDay = 24
)

func (f *auditFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "audit-file", "", "`file` to write every change and login of this process to as well, in lines of JSON, or -; appended to, and opened anew at SIGHUP")
	flags.IntVar(&f.retention, "audit-retention", 90, "how many `days` the audit log goes back; 0: for ever")
}

// start has the audit written to the file, and old events forgotten until ctx ends. The answered
// function closes the file.
func (f *auditFlags) start(ctx context.Context, s *Sandbox, log *slog.Logger) (func() error, error) {
	if f.retention < 0 || f.retention > maxRetention {
		return nil, fmt.Errorf("--audit-retention %d is not from 0 to %d days", f.retention, maxRetention)
	}
	if f.retention > 0 {
		go s.forget(ctx, time.Duration(f.retention)*day, log)
	}
	if f.file == "" {
		return func() error { return nil }, nil
	}
	out := &auditFile{path: f.file, log: log}
	if err := out.reopen(); err != nil {
		return nil, err
	}
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	go func() {
		for range hangUp {
			if err := out.reopen(); err != nil {
				log.Error("the audit goes on in the file that is open", slog.String("error", err.Error()))
			}
		}
	}()
	s.TellAudit(out.write)
	return func() error {
		signal.Stop(hangUp)
		close(hangUp)
		return out.close()
	}, nil
}

// forget takes old events away, now and then.
func (s *Sandbox) forget(ctx context.Context, age time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(day / forgetsEveryDay)
	defer ticker.Stop()
	for {
		if err := s.service.DeleteOldAuditEvents(ctx, age); err != nil && ctx.Err() == nil {
			log.Error("old events of the audit log could not be deleted", slog.String("error", err.Error()))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// auditFile is what the audit is written to beside the database.
type auditFile struct {
	path string
	log  *slog.Logger

	mu  sync.Mutex
	out io.WriteCloser
}

func (f *auditFile) reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == "-" {
		f.out = os.Stdout
		return nil
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("--audit-file cannot be opened: %w", err)
	}
	if f.out != nil {
		err = f.out.Close()
	}
	f.out = out
	return err
}

// write writes one line. What cannot be written is in the database all the same.
func (f *auditFile) write(e iam.AuditEvent) {
	line, err := json.Marshal(server.AuditLog(e))
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		_, err = f.out.Write(append(line, '\n'))
	}
	if err != nil {
		f.log.Error("the audit file lacks an event", slog.String("event", e.ID), slog.String("error", err.Error()))
	}
}

func (f *auditFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == "-" {
		return nil
	}
	return f.out.Close()
}
