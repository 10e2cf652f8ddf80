// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// TestCleanUp: a server deletes by itself what decides nothing any more, and nothing else; the clock
// of the bubble runs as fast as it may.
func TestCleanUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), Options{Database: ":memory:"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		admin, err := s.Bootstrap(t.Context(), iam.Credentials{})
		if err != nil {
			t.Fatal(err)
		}
		login := func(secret string) error {
			request := api.UniversalAuthLoginRequest{ClientID: admin.ClientID, ClientSecret: secret}
			_, err := iam.UniversalAuthLogin.Run(t.Context(), s.service, request, netip.MustParseAddr("127.0.0.1"))
			return err
		}
		for range 250 { // more than a batch
			if err := login(admin.ClientSecret); err != nil {
				t.Fatal(err)
			}
		}
		if err := login("wrong"); !iam.Is(err, iam.Unauthenticated) {
			t.Fatal(err)
		}
		if got := s.kept(t); got != (leftovers{tokens: 251, lockouts: 1, secrets: 1}) {
			t.Fatalf("at first there are %v", got)
		}
		<-time.After(2 * time.Hour)
		if got := s.kept(t); got != (leftovers{tokens: 251, secrets: 1}) {
			t.Errorf("after two hours there are %v", got)
		}
		<-time.After(31 * 24 * time.Hour)
		if got := s.kept(t); got != (leftovers{secrets: 1}) {
			t.Errorf("after a month there are %v", got)
		}
		fresh, err := s.Bootstrap(t.Context(), admin)
		if err != nil || fresh.ClientSecret != admin.ClientSecret {
			t.Errorf("the secret, which never expires, is gone: %v", err)
		}
	})
}

// leftovers counts the rows that a clean-up is about.
type leftovers struct{ tokens, lockouts, secrets int }

var errUndo = errors.New("undo")

// kept counts by deleting everything, and undoing it.
func (s *Sandbox) kept(t *testing.T) (l leftovers) {
	t.Helper()
	const all = 1 << 20
	ever := time.Now().AddDate(1000, 0, 0)
	err := s.store.Write(t.Context(), func(tx iam.Tx) (err error) {
		o, err := tx.Organization(t.Context())
		if err != nil {
			return err
		}
		u, err := tx.AuthMethod(t.Context(), o.AdminID, api.MethodUniversalAuth)
		if err != nil {
			return err
		}
		secrets, err := tx.ClientSecrets(t.Context(), u.ID)
		if err != nil {
			return err
		}
		l.secrets = len(secrets)
		if l.tokens, err = tx.DeleteExpiredAccessTokens(t.Context(), ever, all); err != nil {
			return err
		}
		if l.lockouts, err = tx.DeleteForgottenLockouts(t.Context(), ever, all); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return l
}

// TestCleanUpStops checks that a server that shuts down does not wait for the next clean-up.
func TestCleanUpStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := Open(ctx, Options{Database: ":memory:"})
		if err != nil {
			t.Fatal(err)
		}
		cancel() // that of the call says nothing of the server
		synctest.Wait()
		begun := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > 0 {
			t.Error(fmt.Sprint("Close took ", took))
		}
	})
}
