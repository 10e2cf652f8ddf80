// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzBootstrapFile checks that an existing file is overwritten only if it is empty or has a client ID.
func FuzzBootstrapFile(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"client_id":"a","client_secret":"b"}`, `{"client_id":1}`, "null", "[]", "\xff", "{\"client_id\":\"a\"}x"} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "bootstrap.json")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if previous, err := readBootstrapFile(path); err == nil && len(content) > 0 && previous.ClientID == "" {
			t.Fatalf("%q is accepted", content)
		}
	})
}
