// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// creating prevents a second Store of this process from opening a file that a first one is creating:
// on Unix, closing a file releases every lock that the process holds on it, including those of
// SQLite. For the same reason nothing here opens an existing file.
var creating sync.Mutex

// private creates the file if it does not exist, makes it and the files that SQLite puts beside it
// readable for its owner only, and returns its absolute path without symbolic links. release
// restores the mode of a file that is not a database.
func private(path string) (_ string, release func(), err error) {
	creating.Lock()
	defer creating.Unlock()
	if path, err = resolved(path, 40); err != nil {
		return "", nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return path, func() {}, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", nil, reason(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		return "", nil, reason(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := tighten(name); err != nil && (name == path || !errors.Is(err, fs.ErrNotExist)) {
			return "", nil, err
		}
	}
	return path, func() { _ = os.Chmod(path, before.Mode().Perm()) }, nil
}

func tighten(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return reason(err)
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("other users can read it, and its mode cannot be changed: %w", reason(err))
	}
	return nil
}

// resolved follows symbolic links, even to a file that does not exist yet.
func resolved(path string, links int) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	directory, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("directory: %w", reason(err))
	}
	path = filepath.Join(directory, filepath.Base(path))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil
	case err != nil:
		return "", reason(err)
	case info.Mode()&fs.ModeSymlink == 0:
		return path, nil
	case links == 0:
		return "", errors.New("too many symbolic links")
	}
	target, err := os.Readlink(path)
	if err != nil {
		return "", reason(err)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(directory, target)
	}
	return resolved(target, links-1)
}

var errMoved = errors.New("the database file was moved, replaced or deleted")

// unmoved returns a function that fails once path is not the file that it is now. SQLite itself
// goes on with the file that it has opened, which has no name any more.
func unmoved(path string) (func() error, error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	return func() error {
		if now, err := os.Stat(path); err != nil || !os.SameFile(opened, now) {
			return errMoved
		}
		return nil
	}, nil
}

// reason returns the error without the path, which the caller adds.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
