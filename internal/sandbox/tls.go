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

// tlsFlags name the files of TLS.
type tlsFlags struct {
	certificate, key, clientCA string
}

func (f *tlsFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.certificate, "tls-cert", "", "PEM `file` with the certificate, and those that lead to its authority after it: listen with TLS")
	flags.StringVar(&f.key, "tls-key", "", "PEM `file` with the certificate's key, not encrypted")
	flags.StringVar(&f.clientCA, "tls-client-ca", "", "PEM `file` with the authorities of which clients must show a certificate")
}

// secured is a listener with its TLS, if it has any.
type secured struct {
	net.Listener
	config *tls.Config // nil: none
}

// config is nil without TLS.
func (f *tlsFlags) config(log *slog.Logger) (*tls.Config, error) {
	switch {
	case f.certificate == "" && f.key == "" && f.clientCA == "":
		return nil, nil
	case f.certificate == "" || f.key == "":
		return nil, errors.New("TLS needs --tls-cert and --tls-key, both")
	}
	pair := &keyPair{files: *f, log: log}
	if err := pair.read(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: pair.current, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// keyPair is the certificate and the key, as their files had them last.
type keyPair struct {
	files tlsFlags
	log   *slog.Logger

	mu     sync.Mutex
	seen   [3]time.Time // when the files were changed
	config *tls.Config
}

// current is asked at every handshake. Files that have become unusable change nothing.
func (p *keyPair) current(*tls.ClientHelloInfo) (*tls.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed() != p.seen {
		if err := p.read(); err != nil {
			p.log.Error("the files of TLS have changed and cannot be used; the previous ones stay in use", slog.String("error", err.Error()))
			p.seen = p.changed()
		} else {
			p.log.Info("read the files of TLS anew")
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
		return fmt.Errorf("--tls-cert and --tls-key cannot be used: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if p.files.clientCA != "" {
		authorities, err := os.ReadFile(p.files.clientCA)
		if err != nil {
			return fmt.Errorf("--tls-client-ca cannot be read: %w", err)
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(authorities) {
			return fmt.Errorf("--tls-client-ca: there is no certificate in PEM in %s", p.files.clientCA)
		}
	}
	p.config, p.seen = config, seen
	return nil
}
