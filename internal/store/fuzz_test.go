// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzDatabaseURL checks that neither the error about a URL nor its form for logs contains its password.
func FuzzDatabaseURL(f *testing.F) {
	const secret = "hunter2-XK7q"
	for _, seed := range []struct{ before, after string }{
		{"postgres://u:", "@localhost/db"}, {"postgres://u:", "@localhost:x/db"}, {"postgres://u@h/db?password=", "&sslmode=none"}, {"postgres://u:", ""}, {"postgres://u:%", "@[::1"},
	} {
		f.Add(seed.before, seed.after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + secret + after
		err := wrongURL(text)
		isPassword := strings.HasPrefix(before, "postgres://u:") && strings.HasPrefix(after, "@")
		if u, parseErr := url.Parse(text); parseErr == nil {
			password, _ := u.User.Password()
			isPassword = password == secret || u.Query().Get("password") == secret
		}
		if isPassword && (strings.Contains(err.Error(), secret) || strings.Contains(withoutSecrets(text), secret)) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
