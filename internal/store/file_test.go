// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileModes(t *testing.T) {
	t.Parallel()
	check := func(h *fixture, path string) {
		t.Helper()
		h.present(h.identity.ID)
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Errorf("%s: %v", suffix, err)
			} else if info.Mode().Perm() != 0o600 {
				t.Errorf("%q has mode %o", suffix, info.Mode().Perm())
			}
		}
	}
	path, lax := engines["file"](t), engines["file"](t)
	h := seed(t, opened(t, path))
	check(h, path)

	// A database that others can read, with a write-ahead log that was not checkpointed.
	copyUnclosed(t, path, lax)
	if err := os.WriteFile(lax+"-shm", make([]byte, 32768), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(lax+suffix, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	h.store = opened(t, lax)
	check(h, lax)
}

func TestOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a?b=c", "a#b", "50%", "%41", "two words", "a&b;c", "ä", "file:x", `back\slash`, "a:b", "+"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			seed(t, opened(t, path))
			if _, err := os.Stat(path + "-wal"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	seed(t, opened(t, "relative.db"))
	if _, err := os.Stat("relative.db"); err != nil {
		t.Error(err)
	}
}

func TestSymbolicLinks(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	link, middle, target := filepath.Join(directory, "link"), filepath.Join(directory, "middle"), filepath.Join(t.TempDir(), "target")
	for _, l := range [][2]string{{"middle", link}, {target, middle}} { // the target does not exist yet
		if err := os.Symlink(l[0], l[1]); err != nil {
			t.Fatal(err)
		}
	}
	h := seed(t, opened(t, link))
	h.store = opened(t, target)
	h.present(h.identity.ID)
	h.store = opened(t, middle)
	h.present(h.identity.ID)

	loop := filepath.Join(directory, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, loop, "symbolic link")
}

func TestCannotOpen(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	text := filepath.Join(directory, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, text, "not a database")
	cannotOpen(t, text, "choose another file, or move this one")
	cannotOpen(t, directory, "not a regular file")
	cannotOpen(t, filepath.Join(directory, "missing", "x.db"), "no such file or directory")
	cannotOpen(t, filepath.Join(text, "x.db"), "not a directory")
	cannotOpen(t, "", "path is empty")
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(late, filepath.Join(directory, "late.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func cannotOpen(t *testing.T, path, want string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err == nil {
		_ = s.Close()
		t.Errorf("%s: opened", path)
	} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), shown(path)) {
		t.Errorf("%s: got %v, want %q", path, err, want)
	}
}

// shown returns how errors name a database.
func shown(url string) string {
	if strings.HasPrefix(url, "postgres:") {
		return withoutSecrets(url)
	}
	return url
}
