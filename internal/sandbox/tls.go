// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// tlsFlags has the flags with TLS files.
type tlsFlags struct {
	certificate, key, clientCA string
}

func (f *tlsFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.certificate, "tls-cert", "", "PEM `file` with the certificate chain; enables TLS")
	flags.StringVar(&f.key, "tls-key", "", "PEM `file` with the unencrypted private key")
	flags.StringVar(&f.clientCA, "tls-client-ca", "", "PEM `file` with certificate authorities; requires client certificates")
}

// secured is a listener with its TLS configuration.
type secured struct {
	net.Listener
	config *tls.Config // nil: none
}

// config returns nil without TLS.
func (f *tlsFlags) config(log *slog.Logger) (*tls.Config, error) {
	switch {
	case f.certificate == "" && f.key == "" && f.clientCA == "":
		return nil, nil
	case f.certificate == "" || f.key == "":
		return nil, errors.New("TLS requires both --tls-cert and --tls-key")
	}
	pair := &keyPair{files: *f, log: log}
	if err := pair.read(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: pair.current, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// keyPair loads the certificate and key again when their files change.
type keyPair struct {
	files tlsFlags
	log   *slog.Logger

	mu     sync.Mutex
	seen   [3]time.Time // modification times of the files
	config *tls.Config
}

// current returns the configuration for a handshake. It keeps the previous one if changed files are invalid.
func (p *keyPair) current(*tls.ClientHelloInfo) (*tls.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed() != p.seen {
		if err := p.read(); err != nil {
			p.log.Error("changed TLS files are invalid; the previous ones stay in use", slog.String("error", err.Error()))
			p.seen = p.changed()
		} else {
			p.log.Info("TLS files loaded again")
		}
	}
	return p.config, nil
}

func (p *keyPair) changed() (at [3]time.Time) {
	for n, file := range []string{p.files.certificate, p.files.key, p.files.clientCA} {
		if info, err := os.Stat(file); err == nil {
			at[n] = info.ModTime()
		}
	}
	return at
}

func (p *keyPair) read() error {
	seen := p.changed()
	pair, err := tls.LoadX509KeyPair(p.files.certificate, p.files.key)
	if err != nil {
		return fmt.Errorf("--tls-cert and --tls-key cannot be loaded: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if p.files.clientCA != "" {
		authorities, err := os.ReadFile(p.files.clientCA)
		if err != nil {
			return fmt.Errorf("--tls-client-ca cannot be read: %w", err)
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(authorities) {
			return fmt.Errorf("--tls-client-ca: %s has no PEM certificate", p.files.clientCA)
		}
	}
	p.config, p.seen = config, seen
	return nil
}
