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

// auditFlags has the flags of the audit log.
type auditFlags struct {
	file      string
	retention int // days
}

const (
	day             = 24 * time.Hour
	maxRetention    = 36500 // days
	deletionsPerDay = 24
)

func (f *auditFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "audit-file", "", "`file` to append audit events of this process to as JSON lines, or -; reopened on SIGHUP")
	flags.IntVar(&f.retention, "audit-retention", 90, "`days` to keep audit events; 0: permanently")
}

// start writes audit events to the file and deletes old events until ctx ends. The returned function
// closes the file.
func (f *auditFlags) start(ctx context.Context, s *Sandbox, log *slog.Logger) (func() error, error) {
	if f.retention < 0 || f.retention > maxRetention {
		return nil, fmt.Errorf("--audit-retention %d is not between 0 and %d days", f.retention, maxRetention)
	}
	if f.retention > 0 {
		go s.deleteOldEvents(ctx, time.Duration(f.retention)*day, log)
	}
	// Log rotation may send SIGHUP without an audit file too; it must not stop the process.
	hangUp := make(chan os.Signal, 1)
	if f.file == "" {
		signal.Notify(hangUp, syscall.SIGHUP)
		return func() error { signal.Stop(hangUp); return nil }, nil
	}
	out := &auditFile{path: f.file, log: log}
	if err := out.reopen(); err != nil {
		return nil, err
	}
	signal.Notify(hangUp, syscall.SIGHUP)
	go func() {
		for range hangUp {
			if err := out.reopen(); err != nil {
				log.Error("audit file not reopened; the open file stays in use", slog.String("error", err.Error()))
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

// deleteOldEvents deletes events older than age periodically.
func (s *Sandbox) deleteOldEvents(ctx context.Context, age time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(day / deletionsPerDay)
	defer ticker.Stop()
	for {
		if err := s.service.DeleteOldAuditEvents(ctx, age); err != nil && ctx.Err() == nil {
			log.Error("deleting old audit events failed", slog.String("error", err.Error()))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// auditFile is a copy of the audit log in a file.
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

// write appends an event. Events that cannot be written are in the database.
func (f *auditFile) write(e iam.AuditEvent) {
	line, err := json.Marshal(server.AuditLog(e))
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		_, err = f.out.Write(append(line, '\n'))
	}
	if err != nil {
		f.log.Error("audit event not written to the file", slog.String("event", e.ID), slog.String("error", err.Error()))
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
