// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"errors"
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// TestRefusedDeletions are only reported on a protection that is there.
func TestRefusedDeletions(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		protection *bool
		reported   bool
	}{
		"protected identity": {http.StatusBadRequest, new(true), true},
		"protected project":  {http.StatusForbidden, new(true), true},
		"not protected":      {http.StatusForbidden, new(false), false},
		"unknown":            {http.StatusForbidden, nil, false},
		"another rejection":  {http.StatusConflict, new(true), false},
	} {
		rejection := &client.Error{Op: "delete it", Status: tc.status}
		err := OrProtected(rejection, "thing", func() *bool { return tc.protection })
		if reported := err.Error() == ErrProtected("thing").Error(); reported != tc.reported || !reported && !errors.Is(err, rejection) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := OrProtected(nil, "thing", func() *bool { return new(true) }); err != nil {
		t.Errorf("successful deletion: %v", err)
	}
}
