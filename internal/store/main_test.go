// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// These variables make the test binary act as another process: its role and its database.
const (
	roleVariable = "STORE_TEST_ROLE"
	pathVariable = "STORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	role, path := os.Getenv(roleVariable), os.Getenv(pathVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := play(role, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(role, path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if role == "opener" {
		return s.Close()
	}
	// A writer prints the IDs of identities that are written, until it is killed.
	o := iam.Organization{ID: newID()}
	if err := s.Write(ctx, func(tx iam.Tx) error { return tx.InsertOrganization(ctx, o) }); err != nil {
		return err
	}
	for range 8 {
		go func() {
			for {
				i := (&fixture{organization: o}).newIdentity("i")
				if err := s.Write(ctx, func(tx iam.Tx) error { return tx.InsertIdentity(ctx, i) }); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(i.ID)
			}
		}()
	}
	select {}
}

func process(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	return c
}

// TestStartTogether starts several processes on a new database.
func TestStartTogether(t *testing.T) { onShared(t, testStartTogether) }

func testStartTogether(t *testing.T, path string) {
	var started []*exec.Cmd
	var outputs []*strings.Builder
	for range 4 {
		c, out := process(t, "opener", path), &strings.Builder{}
		c.Stdout, c.Stderr = out, out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		started, outputs = append(started, c), append(outputs, out)
	}
	for n, c := range started {
		if err := c.Wait(); err != nil || outputs[n].String() != "" {
			t.Errorf("process %d: %v, output %q", n, err, outputs[n])
		}
	}
	seed(t, opened(t, path))
}

// TestKilled checks that a killed process has stored all identities whose Write returned.
func TestKilled(t *testing.T) { onShared(t, testKilled) }

func testKilled(t *testing.T, path string) {
	writer := process(t, "writer", path)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	var written []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		written = append(written, lines.Text())
		if len(written) == 300 {
			if err := writer.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := writer.Wait(); err == nil {
		t.Error("the writer ended by itself")
	}
	if len(written) < 300 {
		t.Fatalf("only %d writes before the end", len(written))
	}
	h := &fixture{t: t, store: opened(t, path)}
	for _, id := range written {
		if len(id) == len(newID()) { // the last line may be incomplete
			h.present(id)
		}
	}
	if strings.HasPrefix(path, "postgres:") {
		return
	}
	var whole string
	if err := h.store.(*Store).db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("integrity_check: %q, %v", whole, err)
	}
}
