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

// bootstrapFile is how whoever starts the API gets into it. It is readable by its owner alone.
type bootstrapFile struct {
	Host           string `json:"host"` // without /api
	OrganizationID string `json:"organization_id"`
	IdentityID     string `json:"identity_id"`
	ClientID       string `json:"client_id"`
	ClientSecret   string `json:"client_secret"`
	AccessToken    string `json:"access_token"`
}

// errLink is the error of openItself for a symbolic link.
var errLink = errors.New("a symbolic link")

// maxBootstrapFile bounds what is read of a file that may not be ours, in bytes.
const maxBootstrapFile = 64 << 10

// bootstrap writes credentials that work to the file. Those of an earlier start are kept if they
// still do. The new file is there, empty and beside the old one, before a secret is made, so that
// no secret is made for nothing.
func (s *Sandbox) bootstrap(ctx context.Context, path, host string) (err error) {
	previous, err := readBootstrapFile(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("the bootstrap file cannot be written: %w", err)
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
		return fmt.Errorf("the bootstrap file cannot be written: %w", err)
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the bootstrap file cannot be written: %w", err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("the bootstrap file cannot be put in place: %w", err)
	}
	return nil
}

// readBootstrapFile reads what an earlier start left, if it did. It follows no link, and refuses
// to have a file overwritten that is something else.
func readBootstrapFile(path string) (bootstrapFile, error) {
	f, err := openItself(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bootstrapFile{}, nil
	case errors.Is(err, errLink):
		return bootstrapFile{}, fmt.Errorf("the bootstrap file %s is a symbolic link: name the file itself", path)
	case err != nil:
		return bootstrapFile{}, fmt.Errorf("the bootstrap file cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return bootstrapFile{}, fmt.Errorf("the bootstrap file %s exists and is no regular file: name another", path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxBootstrapFile))
	if err != nil {
		return bootstrapFile{}, fmt.Errorf("the bootstrap file cannot be read: %w", err)
	}
	var previous bootstrapFile
	if len(content) > 0 && (json.Unmarshal(content, &previous) != nil || previous.ClientID == "") {
		return bootstrapFile{}, fmt.Errorf("%s exists and is no bootstrap file: name another, or remove it", path)
	}
	return previous, nil
}
