// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// inBubble runs test with a house for each engine, where synctest.Wait tells when all others wait,
// and counts the transactions since the house was furnished. PostgreSQL has no groups.
func inBubble(t *testing.T, test func(*testing.T, *house, *int)) {
	for name, fresh := range engines {
		if name == "postgres" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			url := fresh(t)
			synctest.Test(t, func(t *testing.T) {
				s := opened(t, url)
				g, begun := s.writer.(*groups), 0
				begin := g.begin
				g.begin = func(c *conn) error {
					begun++
					return begin(c)
				}
				h := furnish(t, s)
				begun = 0
				test(t, h, &begun)
			})
		})
	}
}

// started begins a Write in the background and answers where its error will be. The function
// waits for proceed, if that is not nil.
func (h *house) started(ctx context.Context, proceed <-chan struct{}, fn func(iam.Tx) error) <-chan error {
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

func (h *house) inserting(i iam.Identity) func(iam.Tx) error {
	return func(tx iam.Tx) error { return tx.InsertIdentity(h.t.Context(), i) }
}

func TestGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, begun *int) {
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

// TestNothingBeforeCommit: nobody is told of success, and nobody sees the change, while another
// member of the group is still at work.
func TestNothingBeforeCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, _ *int) {
		go1, go2 := make(chan struct{}), make(chan struct{})
		early := h.newIdentity("early")
		one := h.started(t.Context(), go1, h.inserting(early))
		two := h.started(t.Context(), go2, h.inserting(h.newIdentity("late")))
		close(go1)
		synctest.Wait()
		select {
		case err := <-one:
			t.Errorf("answered %v before the commit", err)
		default:
		}
		if s := h.store.(*Store); s.readers != s.writer.(*groups).conns { // else the read would wait
			h.missing(early.ID)
		}
		close(go2)
		if err := first(<-one, <-two); err != nil {
			t.Error(err)
		}
		h.present(early.ID)
	})
}

func TestGroupIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, begun *int) {
		proceed := make(chan struct{})
		var results []<-chan error
		results = append(results, h.started(t.Context(), proceed, h.inserting(h.newIdentity("x"))))
		for range groupSize {
			results = append(results, h.started(t.Context(), nil, h.inserting(h.newIdentity("x"))))
		}
		close(proceed)
		for _, result := range results {
			if err := <-result; err != nil {
				t.Error(err)
			}
		}
		if *begun != 2 {
			t.Errorf("%d transactions for %d writes, want 2", *begun, groupSize+1)
		}

		// One that takes long takes no more along.
		slow := h.started(t.Context(), nil, func(iam.Tx) error {
			<-time.After(2 * groupTime)
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
	inBubble(t, func(t *testing.T, h *house, _ *int) {
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

// TestWriteWithinWrite cannot work, and ends with its context.
func TestWriteWithinWrite(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, _ *int) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		h.write(func(iam.Tx) error {
			err := h.store.Write(ctx, func(iam.Tx) error { return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			return nil
		})
	})
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, _ *int) {
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

// TestLostTransaction: when the database gives up the transaction in the middle of a group, no
// member is told of success, whatever its function answers, and the next group is as ever.
func TestLostTransaction(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, _ *int) {
		lose := func(tx iam.Tx) error { return asTx(tx).c.control("ROLLBACK") }
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
				t.Errorf("%s: the culprit is told of success", what)
			}
			if err := <-after; err != nil {
				t.Errorf("%s: after: %v", what, err)
			}
			h.missing(lost[0].ID)
			h.present(lost[1].ID)
		}
	})
}

// TestFullDisk: a write that finds no room fails and changes nothing; the others go on.
func TestFullDisk(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, _ *int) {
		limit := func(pages string) {
			h.write(func(tx iam.Tx) error { return asTx(tx).c.control("PRAGMA max_page_count = " + pages) })
		}
		limit("1") // which SQLite takes for as many as there are
		proceed := make(chan struct{})
		fat := h.newIdentity("fat")
		fat.Metadata = []iam.Metadata{{ID: newID(), Key: "k", Value: strings.Repeat("x", 1<<20)}}
		small := h.started(t.Context(), proceed, func(tx iam.Tx) error { return tx.RevokeClientSecret(t.Context(), h.secret.ID, noon) })
		full := h.started(t.Context(), nil, func(tx iam.Tx) error {
			_ = tx.InsertIdentity(t.Context(), fat)
			return tx.RecordLogin(t.Context(), h.identity.ID, "oidc-auth", noon)
		})
		close(proceed)
		if err := <-small; err == nil { // else the group was lost
			h.secret.Revoked, h.secret.UpdatedAt = true, kept(noon)
		}
		if err := <-full; err == nil || !strings.Contains(err.Error(), "insert the metadata") {
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
