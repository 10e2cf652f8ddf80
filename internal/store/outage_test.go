// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"bytes"
	"os"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// unavailable checks that a read of the fixture's identity and a write both fail as Unavailable.
func (f *fixture) unavailable() {
	f.t.Helper()
	if err := f.find(f.identity.ID); !iam.Is(err, iam.Unavailable) {
		f.t.Errorf("Read: got %v", err)
	}
	f.cannotWrite()
}

// cannotWrite checks that a write fails as Unavailable and returns the ID of what it would add.
func (f *fixture) cannotWrite() (lost string) {
	f.t.Helper()
	added := f.newIdentity("lost")
	err := f.store.Write(f.t.Context(), func(tx iam.Tx) error { return tx.InsertIdentity(f.t.Context(), added) })
	if !iam.Is(err, iam.Unavailable) {
		f.t.Errorf("Write: got %v", err)
	}
	return added.ID
}

// available checks that the fixture's identity is still there and that a write succeeds.
func (f *fixture) available() {
	f.t.Helper()
	f.present(f.identity.ID)
	added := f.newIdentity("added")
	f.write(func(tx iam.Tx) error { return tx.InsertIdentity(f.t.Context(), added) })
	f.present(added.ID)
}

// TestCorrupted checks the errors once all pages of the file but the first, which holds the schema
// version, are overwritten, and that the restored file can be opened.
func TestCorrupted(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	f := seed(t, opened(t, path))
	if err := f.store.Close(); err != nil { // leaves no write-ahead log
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.store = opened(t, path)
	const page = 4096
	corrupt := append(bytes.Clone(content[:page]), bytes.Repeat([]byte{0xff}, len(content)-page)...)
	if err := os.WriteFile(path, corrupt, 0o600); err != nil {
		t.Fatal(err)
	}
	f.unavailable()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f.store = opened(t, path)
	f.available()
}

// TestReadOnlyAtRuntime checks that reads succeed while SQLite cannot write, and that writes
// succeed again afterwards. The pragma causes the error, as file permissions do not restrict root.
func TestReadOnlyAtRuntime(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	f := seed(t, s)
	set := func(pragma string) {
		if _, err := s.writer.db.ExecContext(t.Context(), pragma); err != nil {
			t.Fatal(err)
		}
	}
	set("PRAGMA query_only = ON")
	lost := f.cannotWrite()
	f.present(f.identity.ID)
	f.missing(lost)
	set("PRAGMA query_only = OFF")
	f.available()
}

// TestPostgresStopped checks the errors while the server is stopped, and that the store recovers
// once it runs again.
func TestPostgresStopped(t *testing.T) {
	t.Parallel()
	server := storetest.New(t)
	f := seed(t, opened(t, server.Schema(t)))
	for range 2 {
		server.Stop(t)
		f.unavailable()
		server.Restart(t)
		f.available()
	}
}
