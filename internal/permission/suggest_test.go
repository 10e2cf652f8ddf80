// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "testing"

func TestDidYouMean(t *testing.T) {
	for word, want := range map[string]string{
		"secretz": ` Did you mean "secrets"?`, "secret_path": ` Did you mean "secretPath"?`, "Member": ` Did you mean "member"?`,
		"reed": ` Did you mean "read"?`, "environmnet": ` Did you mean "environment"?`, "xx": "", "": "", "entirely-different": "",
	} {
		if got := DidYouMean(word, []string{"secrets", "secretPath", "member", "read", "environment"}); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
