// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// TestUnreadableConditions are an error, and never a condition that says less.
func TestUnreadableConditions(t *testing.T) {
	for _, condition := range []string{
		`{"$elemMatch":{"key":{"$elemMatch":{"key":{"$eq":"a"}}}}}`, `{"$elemMatch":{"other":{"$eq":"a"}}}`, `{"$regex":"a"}`, `{"$eq":["a"]}`, `7`,
	} {
		rules := `[{"subject":"secrets","action":["read"],"conditions":{"metadata":` + condition + `}}]`
		if read, err := readPermissions(permission.Project, rulesIn(t, rules), nil); err == nil {
			t.Errorf("%s is read as %+v", condition, read)
		}
	}
}
