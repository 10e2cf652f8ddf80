// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package providertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// KeyPair is a public key, and what decrypts for it.
type KeyPair struct {
	Public, Private string
	Identity        age.Identity
}

// AgeKey returns a new age key.
func AgeKey(t *testing.T) KeyPair {
	t.Helper()
	made, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{made.Recipient().String(), made.String(), made}
}

// SSHKey returns the SSH key of a private key.
func SSHKey(t *testing.T, private any) KeyPair {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(block)
	identity, err := agessh.ParseIdentity(file)
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), string(file), identity}
}

// Ed25519Key returns a new SSH key of the type ssh-ed25519.
func Ed25519Key(t *testing.T) KeyPair {
	t.Helper()
	_, made, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return SSHKey(t, made)
}
