// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestUnavailable checks the responses while the database file is not where it was, and afterwards.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "machineid.db")
	s := servertest.StartWith(t, servertest.Options{Database: path})
	login := func() servertest.Response { return s.Login(t, s.Admin.ClientID, s.Admin.ClientSecret) }
	list := func(token string) servertest.Response {
		return s.Call(t, http.MethodGet, "/v1/identities?orgId="+s.Admin.OrganizationID, token, nil)
	}
	token := login().Text("accessToken")
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	for what, r := range map[string]servertest.Response{"login": login(), "list": list(token)} {
		if r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Text("error") != "ServiceUnavailable" {
			t.Errorf("%s: got %d %v %v", what, r.Status, r.Header, r.Body)
		}
	}
	ready, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Send(t, ready); r.Status != http.StatusServiceUnavailable {
		t.Errorf("readyz: got %d", r.Status)
	}
	if err := os.Rename(path+".moved", path); err != nil {
		t.Fatal(err)
	}
	for what, r := range map[string]servertest.Response{"login": login(), "list": list(token)} {
		if r.Status != http.StatusOK {
			t.Errorf("%s afterwards: got %d %v", what, r.Status, r.Body)
		}
	}
}
