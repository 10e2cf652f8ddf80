// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package sandbox

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestHangUpWithoutAuditFile sends SIGHUP to the test process, which ends it unless start handles the signal.
func TestHangUpWithoutAuditFile(t *testing.T) {
	s, err := Open(t.Context(), Options{Database: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var f auditFlags
	stop, err := f.start(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	delivered := make(chan os.Signal, 1)
	if signal.Ignored(syscall.SIGHUP) { // under nohup
		t.Skip("SIGHUP is ignored by the process that runs the tests")
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	// The runtime delivers signals in order, so SIGHUP was handled when the second signal arrives.
	signal.Notify(delivered, syscall.SIGUSR1)
	defer signal.Stop(delivered)
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-delivered
	if err := stop(); err != nil {
		t.Error(err)
	}
}
