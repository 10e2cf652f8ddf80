// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"time"
)

// A batch ends when it has this many members or is this old, so that its first member does not
// wait long for its last. PostgreSQL caches up to 64 subtransactions of a transaction.
const (
	batchSize = 64
	batchTime = 5 * time.Millisecond
)

// batchWriter runs writes one at a time. Those that queue up during a write join its transaction,
// so that one commit serves them all; a write that no other one waits behind commits at once.
type batchWriter struct {
	db      *sql.DB
	engine  *engine
	begin   func(context.Context) (*sql.Conn, error)
	waiting atomic.Int32
	turn    chan *batch // holds the batch of the next write while no write runs
}

// batch is a transaction that its members share. Only the member that has the turn uses it.
type batch struct {
	conn    *sql.Conn // of the transaction; nil until the first member begins it
	begun   time.Time
	members int           // number of those whose changes are in the transaction
	done    chan struct{} // closed after the commit
	err     error         // of the transaction; members read it once done is closed
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func newBatchWriter(db *sql.DB, e *engine) *batchWriter {
	w := &batchWriter{db: db, engine: e, turn: make(chan *batch, 1)}
	w.begin = func(ctx context.Context) (*sql.Conn, error) { return e.begin(ctx, db, e.beginWrite) }
	w.turn <- newBatch()
	return w
}

// write runs fn in the caller's goroutine and returns once its changes are durable or undone. It
// waits for its turn as long as ctx and patience allow.
func (w *batchWriter) write(ctx context.Context, fn func(*tx) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errBusy)
	defer cancel()
	w.waiting.Add(1)
	select {
	case b := <-w.turn:
		w.waiting.Add(-1)
		if err := w.run(ctx, b, fn); err != nil {
			return err
		}
		<-b.done
		return b.err
	case <-ctx.Done():
		w.waiting.Add(-1)
		w.finishAbandoned()
		return context.Cause(ctx)
	}
}

// run runs fn as a member of b and passes the turn on, even if fn panics or ends its goroutine.
func (w *batchWriter) run(ctx context.Context, b *batch, fn func(*tx) error) (err error) {
	defer w.passOn(b)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if b.members > 0 {
		w.exec(b, "SAVEPOINT member")
	} else {
		b.begun = time.Now()
		b.conn, b.err = w.begin(ctx)
	}
	if b.err != nil {
		return b.err
	}
	keep := false
	defer func() { w.end(b, keep) }()
	t := &tx{sql: b.conn, engine: w.engine, writing: true}
	err = fn(t)
	if t.failed != nil && w.engine.lost(b.conn) {
		b.err = fmt.Errorf("%w: %w", errConnectionLost, t.cause)
		return b.err
	}
	err = either(err, t.failed)
	keep = err == nil
	return err
}

// end keeps the changes of a member, or undoes them alone. The first member has no savepoint: to
// undo it is to roll back the transaction.
func (w *batchWriter) end(b *batch, keep bool) {
	if b.members > 0 && !keep {
		w.exec(b, "ROLLBACK TO SAVEPOINT member")
	}
	if b.members > 0 {
		w.exec(b, "RELEASE SAVEPOINT member") // fails if the transaction is lost
	}
	if keep {
		b.members++
	}
}

// exec runs a savepoint statement in the transaction of the batch. If that fails, the database has given up the transaction (the
// disk is full, say), and the changes of all members are undone.
func (w *batchWriter) exec(b *batch, text string) {
	if b.err != nil {
		return
	}
	if _, err := b.conn.ExecContext(context.Background(), text); err != nil {
		b.err = fmt.Errorf("write: the transaction was lost: %w", err)
		if w.engine.lost(b.conn) {
			b.err = fmt.Errorf("%w: %w", errConnectionLost, err)
		}
	}
}

// passOn leaves the batch open for a write that is waiting, or else commits it.
func (w *batchWriter) passOn(b *batch) {
	hasRoom := b.err == nil && 0 < b.members && b.members < batchSize && time.Since(b.begun) < batchTime
	if hasRoom && w.waiting.Load() > 0 {
		w.turn <- b
		w.finishAbandoned()
		return
	}
	w.finish(b)
	w.turn <- newBatch()
}

// finishAbandoned finishes the open batch if the write that it was left open for has given up.
func (w *batchWriter) finishAbandoned() {
	if w.waiting.Load() > 0 {
		return
	}
	select {
	case b := <-w.turn:
		w.finish(b)
		w.turn <- newBatch()
	default:
	}
}

// finish commits what the members have changed, if there is any, and ends their wait.
func (w *batchWriter) finish(b *batch) {
	if b.conn == nil {
		return
	}
	if b.err == nil && b.members > 0 {
		if _, err := b.conn.ExecContext(context.Background(), "COMMIT"); err != nil {
			b.err = fmt.Errorf("commit: %w", err)
			if w.engine.lost(b.conn) {
				b.err = fmt.Errorf("%w: %w", errCommitUnknown, err)
			}
		}
	}
	release(b.conn, b.err == nil && b.members > 0)
	close(b.done)
}
