// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// inBubble runs test on a fixture of each SQLite engine, in a bubble where synctest.Wait returns
// once all other goroutines wait. It counts the transactions that begin after the fixture.
func inBubble(t *testing.T, test func(*testing.T, *fixture, *int)) {
	for name, fresh := range engines {
		if name == "postgres" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			url := fresh(t)
			synctest.Test(t, func(t *testing.T) {
				s, begun := opened(t, url), 0
				h := seed(t, s)
				begin := s.writer.begin
				s.writer.begin = func(ctx context.Context) (*sql.Conn, error) {
					begun++
					return begin(ctx)
				}
				test(t, h, &begun)
			})
		})
	}
}

// started starts a Write in the background and returns the channel of its error. Its function first
// waits for proceed, unless that is nil.
func (h *fixture) started(ctx context.Context, proceed <-chan struct{}, fn func(iam.Tx) error) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- h.store.Write(ctx, func(tx iam.Tx) error {
			if proceed != nil {
				<-proceed
			}
			return fn(tx)
		})
	}()
	synctest.Wait()
	return ended
}

func (h *fixture) inserting(i iam.Identity) func(iam.Tx) error {
	return func(tx iam.Tx) error { return tx.InsertIdentity(h.t.Context(), i) }
}

func TestBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, begun *int) {
		why := errors.New("changed my mind")
		proceed := make(chan struct{})
		kept := []iam.Identity{h.newIdentity("a"), h.newIdentity("b"), h.newIdentity("c")}
		lost := []iam.Identity{h.newIdentity("d"), h.newIdentity("e")}

		results := []<-chan error{h.started(t.Context(), proceed, h.inserting(kept[0]))}
		failed := h.started(t.Context(), nil, func(tx iam.Tx) error { return first(h.inserting(lost[0])(tx), why) })
		results = append(results, h.started(t.Context(), nil, h.inserting(kept[1])))
		conflict := h.started(t.Context(), nil, h.inserting(h.identity))
		panicked := make(chan any)
		go func() {
			defer func() { panicked <- recover() }()
			_ = h.store.Write(t.Context(), func(tx iam.Tx) error { panic(h.inserting(lost[1])(tx)) })
		}()
		synctest.Wait()
		results = append(results, h.started(t.Context(), nil, h.inserting(kept[2])))

		close(proceed)
		for n, result := range results {
			if err := <-result; err != nil {
				t.Errorf("write %d: %v", n, err)
			}
			h.present(kept[n].ID)
		}
		if err := <-failed; !errors.Is(err, why) {
			t.Errorf("got %v, want the error of the function", err)
		}
		if err := <-conflict; !iam.Is(err, iam.Conflict) {
			t.Errorf("got %v, want a conflict", err)
		}
		if <-panicked == nil {
			t.Error("the panic was lost")
		}
		h.missing(lost[0].ID)
		h.missing(lost[1].ID)
		if *begun != 1 {
			t.Errorf("%d transactions, want one for all", *begun)
		}
	})
}

// TestNothingBeforeCommit checks that no Write returns, and no read sees its change, while another
// member of the batch still runs.
func TestNothingBeforeCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		go1, go2 := make(chan struct{}), make(chan struct{})
		early := h.newIdentity("early")
		one := h.started(t.Context(), go1, h.inserting(early))
		two := h.started(t.Context(), go2, h.inserting(h.newIdentity("late")))
		close(go1)
		synctest.Wait()
		select {
		case err := <-one:
			t.Errorf("returned %v before the commit", err)
		default:
		}
		if s := h.store.(*Store); s.db != s.writer.db { // in memory the read would wait
			h.missing(early.ID)
		}
		close(go2)
		if err := first(<-one, <-two); err != nil {
			t.Error(err)
		}
		h.present(early.ID)
	})
}

func TestBatchIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, begun *int) {
		proceed := make(chan struct{})
		var results []<-chan error
		results = append(results, h.started(t.Context(), proceed, h.inserting(h.newIdentity("x"))))
		for range batchSize {
			results = append(results, h.started(t.Context(), nil, h.inserting(h.newIdentity("x"))))
		}
		close(proceed)
		for _, result := range results {
			if err := <-result; err != nil {
				t.Error(err)
			}
		}
		if *begun != 2 {
			t.Errorf("%d transactions for %d writes, want 2", *begun, batchSize+1)
		}

		// No write joins a batch that has run for long.
		slow := h.started(t.Context(), nil, func(iam.Tx) error {
			<-time.After(2 * batchTime)
			return nil
		})
		next := h.started(t.Context(), nil, func(iam.Tx) error { return nil })
		if err := first(<-slow, <-next); err != nil {
			t.Error(err)
		}
		if *begun != 4 {
			t.Errorf("%d transactions, want 4", *begun)
		}
	})
}

func TestCanceledWhileQueued(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		proceed := make(chan struct{})
		busy := h.started(t.Context(), proceed, h.inserting(h.newIdentity("x")))
		impatient, cancel := context.WithCancel(t.Context())
		left := h.started(impatient, nil, func(iam.Tx) error {
			t.Error("the function ran")
			return nil
		})
		cancel()
		synctest.Wait()
		select {
		case err := <-left:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		default:
			t.Error("still waits")
		}
		close(proceed)
		if err := <-busy; err != nil {
			t.Error(err)
		}
	})
}

// TestWriteWithinWrite checks that a Write within a Write, which waits for itself, gives up.
func TestWriteWithinWrite(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		ctx, cancel := context.WithTimeout(t.Context(), patience/2)
		defer cancel()
		h.write(func(iam.Tx) error {
			nothing := func(iam.Tx) error { return nil }
			if err := h.store.Write(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err := h.store.Write(t.Context(), nothing); !errors.Is(err, errBusy) {
				t.Errorf("got %v", err)
			}
			return nil
		})
		h.present(h.identity.ID)
	})
}

// TestAbandonedBatch checks that a batch is committed even if the write that it was left open for
// gives up before its turn.
func TestAbandonedBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		for range 200 {
			proceed := make(chan struct{})
			added := h.newIdentity("x")
			busy := h.started(t.Context(), proceed, h.inserting(added))
			impatient, cancel := context.WithCancel(t.Context())
			left := h.started(impatient, nil, func(iam.Tx) error { return nil })
			go cancel()
			close(proceed)
			if err := <-busy; err != nil {
				t.Fatal(err)
			}
			if err := <-left; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			h.present(added.ID)
		}
	})
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		proceed := make(chan struct{})
		busy := h.started(t.Context(), proceed, h.inserting(h.newIdentity("x")))
		queued := h.started(t.Context(), nil, h.inserting(h.newIdentity("y")))
		closed := make(chan error, 1)
		go func() { closed <- h.store.Close() }()
		synctest.Wait()
		if err := h.store.Write(t.Context(), h.inserting(h.newIdentity("z"))); !errors.Is(err, errClosed) {
			t.Errorf("a new Write: got %v", err)
		}
		close(proceed)
		if err := first(<-busy, <-queued, <-closed); err != nil {
			t.Error(err)
		}
	})
}

// TestLostTransaction checks that every member of a batch fails if the database gives up its
// transaction, no matter what the functions return, and that the next batch succeeds.
func TestLostTransaction(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		lose := func(tx iam.Tx) error { return control(tx, "ROLLBACK") }
		for what, culprit := range map[string]func(iam.Tx) error{
			"kept": lose,
			"undone": func(tx iam.Tx) error {
				return first(lose(tx), errors.New("changed my mind"))
			},
		} {
			proceed := make(chan struct{})
			lost := []iam.Identity{h.newIdentity("before"), h.newIdentity("after")}
			before := h.started(t.Context(), proceed, h.inserting(lost[0]))
			during := h.started(t.Context(), nil, culprit)
			after := h.started(t.Context(), nil, h.inserting(lost[1]))
			close(proceed)
			if err := <-before; err == nil || !strings.Contains(err.Error(), "lost") {
				t.Errorf("%s: before: got %v", what, err)
			}
			if err := <-during; err == nil {
				t.Errorf("%s: the culprit succeeded", what)
			}
			if err := <-after; err != nil {
				t.Errorf("%s: after: %v", what, err)
			}
			h.missing(lost[0].ID)
			h.present(lost[1].ID)
		}
	})
}

// TestFullDisk checks that a write on a full disk fails and changes nothing, and that others succeed.
func TestFullDisk(t *testing.T) {
	inBubble(t, func(t *testing.T, h *fixture, _ *int) {
		limit := func(pages string) {
			h.write(func(tx iam.Tx) error { return control(tx, "PRAGMA max_page_count = "+pages) })
		}
		limit("1") // SQLite raises it to the current size
		proceed := make(chan struct{})
		fat := h.newIdentity("fat")
		fat.Metadata = []iam.Metadata{{ID: newID(), Key: "k", Value: strings.Repeat("x", 1<<20)}}
		small := h.started(t.Context(), proceed, func(tx iam.Tx) error { return tx.RevokeClientSecret(t.Context(), h.secret.ID, noon) })
		full := h.started(t.Context(), nil, func(tx iam.Tx) error {
			_ = tx.InsertIdentity(t.Context(), fat)
			return tx.RecordLogin(t.Context(), h.identity.ID, "oidc-auth", noon)
		})
		close(proceed)
		if err := <-small; err == nil { // else the whole batch was lost
			h.secret.Revoked, h.secret.UpdatedAt = true, kept(noon)
		}
		if err := <-full; !iam.Is(err, iam.Unavailable) || !strings.Contains(err.Error(), "insert the metadata") {
			t.Errorf("got %v", err)
		}
		limit("100000")
		h.missing(fat.ID)
		same(t, h, h.secret, h.clientSecret(h.secret))
		same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
		h.write(h.inserting(fat))
		h.present(fat.ID)
	})
}

func asTx(t iam.Tx) *tx { return t.(*tx) }

func control(t iam.Tx, text string) error {
	_, err := asTx(t).sql.ExecContext(context.Background(), text)
	return err
}
