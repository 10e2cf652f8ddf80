// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// engines returns, by engine, the URL of a new database.
var engines = map[string]func(*testing.T) string{
	"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "machineid.db") },
	"memory": func(*testing.T) string { return ":memory:" },

	"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
}

// onShared runs test with the URL of a new database of each engine that several processes can share.
func onShared(t *testing.T, test func(t *testing.T, url string)) {
	for _, name := range []string{"file", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, engines[name](t))
		})
	}
}

// conformance are the tests that every engine passes; each gets a fixture of its own.
var conformance = map[string]func(*testing.T, *fixture){
	"organization":             testOrganization,
	"signing keys":             testSigningKeys,
	"role":                     testRole,
	"role list":                testRoleList,
	"role update":              testRoleUpdate,
	"role in use":              testRoleInUse,
	"identity":                 testIdentity,
	"identity update":          testIdentityUpdate,
	"identity conflicts":       testIdentityConflicts,
	"identity cascade":         testIdentityCascade,
	"identity lockouts":        testIdentityLockouts,
	"identity search":          testIdentitySearch,
	"identity pages":           testIdentityPages,
	"project identity":         testProjectIdentity,
	"project":                  testProject,
	"project update":           testProjectUpdate,
	"project list":             testProjectList,
	"project cascade":          testProjectCascade,
	"organization cascade":     testOrganizationCascade,
	"environment":              testEnvironment,
	"membership":               testMembership,
	"membership roles":         testMembershipRoles,
	"membership conflicts":     testMembershipConflicts,
	"membership cascade":       testMembershipCascade,
	"membership search":        testMembershipSearch,
	"membership pages":         testMembershipPages,
	"parallel memberships":     testParallelMemberships,
	"privilege":                testPrivilege,
	"privilege list":           testPrivilegeList,
	"privilege conflicts":      testPrivilegeConflicts,
	"folder access":            testFolderAccess,
	"folder access list":       testFolderAccessList,
	"folder access conflicts":  testFolderAccessConflicts,
	"windows":                  testWindows,
	"auth method":              testAuthMethod,
	"auth method conflict":     testAuthMethodConflicts,
	"auth method cascade":      testAuthMethodCascade,
	"auth methods":             testAuthMethods,
	"client secret":            testClientSecret,
	"client secret list":       testClientSecretList,
	"client secret uses":       testClientSecretUses,
	"lockout":                  testLockout,
	"bearer":                   testBearer,
	"bearer of each method":    testBearerOfMethod,
	"access token":             testAccessToken,
	"access token list":        testAccessTokenList,
	"access token revocation":  testRevokeAccessTokens,
	"clean-up of tokens":       testCleanUpTokens,
	"clean-up of lockouts":     testCleanUpLockouts,
	"clean-up of secrets":      testCleanUpSecrets,
	"failed write":             testFailedWrite,
	"panicking write":          testPanickingWrite,
	"swallowed error":          testSwallowedError,
	"read changes nothing":     testReadChangesNothing,
	"canceled":                 testCanceled,
	"parallel uses":            testParallelUses,
	"consistent reads":         testConsistentReads,
	"closed":                   testClosed,
	"audit log":                testAudit,
	"audit log retention":      testAuditRetention,
	"access token all revoked": testRevokeTooMuch,
}

func TestStore(t *testing.T) {
	for name, fresh := range engines {
		for what, test := range conformance {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				test(t, seed(t, opened(t, fresh(t))))
			})
		}
	}
}

func opened(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// same fails unless a read returns want.
func same[T any](t *testing.T, h *fixture, want T, read func(iam.Tx) (T, error)) {
	t.Helper()
	var got T
	err := h.store.Read(t.Context(), func(tx iam.Tx) (err error) {
		got, err = read(tx)
		return err
	})
	if err != nil {
		t.Errorf("Read: %v", err)
	} else if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// rejected fails unless a write of fn returns an error of that kind.
func rejected(t *testing.T, h *fixture, kind iam.Kind, fn func(iam.Tx) error) {
	t.Helper()
	err := h.store.Write(t.Context(), fn)
	if !iam.Is(err, kind) {
		t.Errorf("got %v, want an error of kind %s", err, kind)
	} else if text := err.Error(); !strings.Contains(text, " exist") && !strings.Contains(text, "in use") {
		t.Errorf("the error %q does not say why", err)
	}
}

func testFailedWrite(t *testing.T, h *fixture) {
	lost, kept := h.newIdentity("lost"), h.newIdentity("kept")
	why := errors.New("changed my mind")
	err := h.store.Write(t.Context(), func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), lost), tx.DeleteIdentity(t.Context(), h.identity.ID), why)
	})
	if !errors.Is(err, why) {
		t.Errorf("got %v, want the error of the function", err)
	}
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), kept) })
	h.missing(lost.ID)
	h.present(kept.ID)
	h.present(h.identity.ID)
}

func testPanickingWrite(t *testing.T, h *fixture) {
	lost := h.newIdentity("lost")
	insert := func(tx iam.Tx) {
		if err := tx.InsertIdentity(t.Context(), lost); err != nil {
			t.Error(err)
		}
	}
	func() {
		defer func() {
			if got := recover(); got != "at the disco" {
				t.Errorf("recovered %v", got)
			}
		}()
		_ = h.store.Write(t.Context(), func(tx iam.Tx) error {
			insert(tx)
			panic("at the disco")
		})
	}()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.store.Write(t.Context(), func(tx iam.Tx) error {
			insert(tx)
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	func() {
		defer func() { _ = recover() }()
		_ = h.store.Read(t.Context(), func(iam.Tx) error { panic("in a read") })
	}()
	h.missing(lost.ID)
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), lost) })
	h.present(lost.ID)
}

// testSwallowedError checks that a Write fails if its function ignores an error of the Tx.
func testSwallowedError(t *testing.T, h *fixture) {
	lost := h.newIdentity("lost")
	var second error
	err := h.store.Write(t.Context(), func(tx iam.Tx) error {
		_ = tx.InsertIdentity(t.Context(), h.identity)
		second = tx.InsertIdentity(t.Context(), lost)
		return nil
	})
	if !iam.Is(err, iam.Conflict) || !iam.Is(second, iam.Conflict) {
		t.Errorf("got %v and %v, want the conflict both times", second, err)
	}
	h.missing(lost.ID)
}

func testReadChangesNothing(t *testing.T, h *fixture) {
	lost := h.newIdentity("lost")
	err := h.store.Read(t.Context(), func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), lost) })
	if err == nil {
		t.Error("a Read may change something")
	}
	h.missing(lost.ID)
}

func testCanceled(t *testing.T, h *fixture) {
	late, cancel := context.WithCancel(t.Context())
	cancel()
	untouched := func(iam.Tx) error {
		t.Error("the function ran")
		return nil
	}
	if err := h.store.Write(late, untouched); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: got %v", err)
	}
	if err := h.store.Read(late, untouched); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: got %v", err)
	}

	once, cancel := context.WithCancel(t.Context())
	i := h.newIdentity("in time")
	err := h.store.Write(once, func(tx iam.Tx) error {
		cancel()
		return tx.InsertIdentity(once, i)
	})
	if err != nil {
		t.Errorf("a Write that had started returned %v", err)
	}
	h.present(i.ID)

	during, cancel := context.WithCancel(t.Context())
	err = h.store.Read(during, func(tx iam.Tx) error {
		cancel()
		_, err := tx.Bearer(during, h.token.ID)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read: got %v", err)
	}
	h.present(i.ID)
}

func testParallelUses(t *testing.T, h *fixture) {
	const limit, callers = 17, 64
	c := newSecret(h.universal.ID, "limited")
	c.NumUses, c.NumUsesLimit = 0, limit
	a := newToken(h.identity.ID, c.ID)
	a.NumUses, a.NumUsesLimit = 0, limit
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertClientSecret(t.Context(), c), tx.InsertAccessToken(t.Context(), a))
	})
	var secrets, tokens atomic.Int64
	var all sync.WaitGroup
	count := func(n *atomic.Int64, use func(iam.Tx) (bool, error)) {
		all.Go(func() {
			var used bool
			err := h.store.Write(t.Context(), func(tx iam.Tx) (err error) {
				used, err = use(tx)
				return err
			})
			if err != nil {
				t.Error(err)
			} else if used {
				n.Add(1)
			}
		})
	}
	for range callers {
		count(&secrets, func(tx iam.Tx) (bool, error) { return tx.UseClientSecret(t.Context(), c.ID, noon) })
		count(&tokens, func(tx iam.Tx) (bool, error) { return tx.UseAccessToken(t.Context(), a.ID, noon) })
	}
	all.Wait()
	if secrets.Load() != limit || tokens.Load() != limit {
		t.Errorf("%d uses of the secret and %d of the token succeeded, want %d", secrets.Load(), tokens.Load(), limit)
	}
}

// testConsistentReads checks that two counters that change together are equal in every read.
func testConsistentReads(t *testing.T, h *fixture) {
	c, a := newSecret(h.universal.ID, "unlimited"), newToken(h.identity.ID, "")
	c.NumUsesLimit, a.NumUsesLimit = 0, 0
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertClientSecret(t.Context(), c), tx.InsertAccessToken(t.Context(), a))
	})
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 100 {
			err := h.store.Write(t.Context(), func(tx iam.Tx) error {
				_, err := tx.UseClientSecret(t.Context(), c.ID, noon)
				_, err2 := tx.UseAccessToken(t.Context(), a.ID, noon)
				return first(err, err2)
			})
			if err != nil {
				t.Error(err)
			}
		}
	}()
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for running := true; running; {
				select {
				case <-written:
					running = false
				default:
				}
				err := h.store.Read(t.Context(), func(tx iam.Tx) error {
					b, err := tx.Bearer(t.Context(), a.ID)
					c, err2 := tx.ClientSecret(t.Context(), h.universal.ID, c.ID)
					if b.Token.NumUses != c.NumUses {
						t.Errorf("read %d and %d", b.Token.NumUses, c.NumUses)
					}
					return first(err, err2)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
}

func testClosed(t *testing.T, h *fixture) {
	var closers sync.WaitGroup
	for range 3 {
		closers.Go(func() {
			if err := h.store.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	closers.Wait()
	nothing := func(iam.Tx) error { return nil }
	if err := h.store.Write(t.Context(), nothing); !errors.Is(err, errClosed) {
		t.Errorf("Write: got %v", err)
	}
	if err := h.store.Read(t.Context(), nothing); !errors.Is(err, errClosed) {
		t.Errorf("Read: got %v", err)
	}
}
