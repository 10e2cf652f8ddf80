// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"io/fs"
	"os"
)

// openItself opens a file for reading without following a symbolic link.
func openItself(path string) (*os.File, error) {
	seen, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if seen.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return nil, errLink
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(seen, opened) {
		_ = f.Close()
		return nil, errLink
	}
	return f, nil
}
