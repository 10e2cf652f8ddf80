// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

// recipient is a public key that a secret is encrypted to.
type recipient struct {
	age.Recipient
	key string // the canonical form, without comment and white space
}

// errPrivateKey rejects a private key. It does not quote the value.
var errPrivateKey = errors.New("the value is a private key, not a public key; remove it, and replace the key, because everyone who can read this configuration has seen it. " +
	"The public key of an age key is printed by age-keygen -y, and that of an SSH key is in the file that ends in .pub")

// parseRecipient parses an age or SSH public key. Errors quote only values with the prefix of a public key.
func parseRecipient(text string) (recipient, error) {
	text = strings.TrimSpace(text)
	switch upper := strings.ToUpper(text); {
	case strings.Contains(upper, "AGE-SECRET-KEY-"), strings.Contains(upper, "PRIVATE KEY"),
		strings.Contains(upper, "PUTTY-USER-KEY-FILE"), strings.HasPrefix(upper, "AGE-PLUGIN-"):
		return recipient{}, errPrivateKey
	case strings.ContainsAny(text, "\r\n"):
		return recipient{}, fmt.Errorf("a text of %d lines stands where one public key belongs; split it, as with split(\"\\n\", trimspace(file(\"keys.pub\")))", strings.Count(text, "\n")+1)
	case strings.HasPrefix(text, "age1"):
		return ageRecipient(text)
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-"), strings.HasPrefix(text, "sk-"):
		return sshRecipient(text)
	case text == "":
		return recipient{}, errors.New("an empty text stands where a public key belongs")
	}
	return recipient{}, fmt.Errorf("a text of %d characters is no public key; age's begin with age1, and of SSH's those of the types ssh-ed25519 and ssh-rsa are taken", len(text))
}

func ageRecipient(text string) (recipient, error) {
	found, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return recipient{}, fmt.Errorf("%q is no age public key, or not all of it: its checksum is wrong. Keys of plugins are not taken", text)
	}
	return recipient{found[0], text}, nil
}

func sshRecipient(text string) (recipient, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return recipient{}, fmt.Errorf("%q is no SSH public key, or not all of it", text)
	}
	found, err := agessh.ParseRecipient(text)
	switch {
	case err == nil:
		return recipient{found, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}, nil
	case key.Type() == ssh.KeyAlgoRSA:
		return recipient{}, fmt.Errorf("%q is too short; an RSA key of at least 2048 bits is needed", text)
	}
	return recipient{}, fmt.Errorf("nothing can be encrypted to an SSH key of the type %s; take one of the type ssh-ed25519 or ssh-rsa", key.Type())
}

// parseRecipients parses public keys and rejects keys that cannot be used together.
func parseRecipients(texts []string) ([]recipient, error) {
	var parsed []recipient
	for _, text := range texts {
		one, err := parseRecipient(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, one)
	}
	if _, err := seal(io.Discard, parsed); err != nil {
		return nil, errors.New("the keys cannot be used together: those that begin with age1pq1 go with none of another kind")
	}
	return parsed, nil
}

// sameRecipients reports whether two lists have the same keys, in any order and with any comments.
func sameRecipients(a, b []string) bool {
	keys := func(texts []string) []string {
		var found []string
		for _, text := range texts {
			one, err := parseRecipient(text)
			if err != nil {
				return nil
			}
			found = append(found, one.key)
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	x, y := keys(a), keys(b)
	return x != nil && slices.Equal(x, y)
}

// encrypt returns the text encrypted to the recipients, in age's ASCII armor.
func encrypt(text string, recipients []recipient) (string, error) {
	var sealed strings.Builder
	lines := armor.NewWriter(&sealed)
	w, err := seal(lines, recipients)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return "", err
	}
	err = errors.Join(w.Close(), lines.Close())
	return sealed.String(), err
}

func seal(to io.Writer, recipients []recipient) (io.WriteCloser, error) {
	list := make([]age.Recipient, len(recipients))
	for n, one := range recipients {
		list[n] = one.Recipient
	}
	return age.Encrypt(to, list...)
}
