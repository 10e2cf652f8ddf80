// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"errors"
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// TestRefusedDeletions are only blamed on a protection that is there.
func TestRefusedDeletions(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		protection *bool
		blamed     bool
	}{
		"protected, as servers say of identities": {http.StatusBadRequest, new(true), true},
		"protected, as servers say of projects":   {http.StatusForbidden, new(true), true},
		"not protected":                           {http.StatusForbidden, new(false), false},
		"nobody knows":                            {http.StatusForbidden, nil, false},
		"another refusal":                         {http.StatusConflict, new(true), false},
	} {
		refusal := &client.Error{Op: "delete it", Status: tc.status}
		err := OrProtected(refusal, "thing", func() *bool { return tc.protection })
		if blamed := err.Error() == ErrProtected("thing").Error(); blamed != tc.blamed || !blamed && !errors.Is(err, refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := OrProtected(nil, "thing", func() *bool { return new(true) }); err != nil {
		t.Errorf("a deletion that went well: %v", err)
	}
}
