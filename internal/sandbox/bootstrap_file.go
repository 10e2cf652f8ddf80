// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// bootstrapFile has the admin's credentials. Its mode is 0600.
type bootstrapFile struct {
	Host           string `json:"host"` // without /api
	OrganizationID string `json:"organization_id"`
	IdentityID     string `json:"identity_id"`
	ClientID       string `json:"client_id"`
	ClientSecret   string `json:"client_secret"`
	AccessToken    string `json:"access_token"`
}

// errLink is returned by openItself for a symbolic link.
var errLink = errors.New("a symbolic link")

// maxBootstrapFile bounds the bytes read from an existing file.
const maxBootstrapFile = 64 << 10

// bootstrap writes valid credentials to the file and keeps those of an earlier start that are still
// valid. It creates the temporary file before the client secret, so that no secret is created if the
// file cannot be.
func (s *Sandbox) bootstrap(ctx context.Context, path, host string) (err error) {
	previous, err := readBootstrapFile(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("bootstrap file cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	c, err := s.Bootstrap(ctx, iam.Credentials{ClientID: previous.ClientID, ClientSecret: previous.ClientSecret})
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(bootstrapFile{
		Host: host, OrganizationID: c.OrganizationID, IdentityID: c.IdentityID,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, AccessToken: c.AccessToken,
	}, "", "  ")
	if err != nil {
		return err
	}
	if _, err = f.Write(append(content, '\n')); err != nil {
		return fmt.Errorf("bootstrap file cannot be written: %w", err)
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("bootstrap file cannot be written: %w", err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("bootstrap file cannot be renamed: %w", err)
	}
	return nil
}

// readBootstrapFile reads the file of an earlier start, if any. It follows no symbolic link and rejects
// other files, which would be overwritten.
func readBootstrapFile(path string) (bootstrapFile, error) {
	f, err := openItself(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bootstrapFile{}, nil
	case errors.Is(err, errLink):
		return bootstrapFile{}, fmt.Errorf("bootstrap file %s is a symbolic link. Set the path of the file itself", path)
	case err != nil:
		return bootstrapFile{}, fmt.Errorf("bootstrap file cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return bootstrapFile{}, fmt.Errorf("%s is not a regular file. Set another path for the bootstrap file", path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxBootstrapFile))
	if err != nil {
		return bootstrapFile{}, fmt.Errorf("bootstrap file cannot be read: %w", err)
	}
	var previous bootstrapFile
	if len(content) > 0 && (json.Unmarshal(content, &previous) != nil || previous.ClientID == "") {
		return bootstrapFile{}, fmt.Errorf("%s is not a bootstrap file. Remove it or set another path", path)
	}
	return previous, nil
}
