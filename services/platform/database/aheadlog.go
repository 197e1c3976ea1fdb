package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// A group on SQLite, or a transaction that runs alone, is committed to the write-ahead log, but not synced, while it has the turn. The turn is passed
// on, and the log synced beside the next one. Nobody learns what is not durable: neither the members of the group, nor who is refused because of
// it, nor who reads. If the machine fails before the sync, the engine finds by its checksums how far the log is whole.
//
// If a sync fails, nobody knows what the disk has, and a further sync may say that all is well though it is not: then the store
// refuses everything, and is not closed, until another start of the program reads the log anew, from the disk.

// aheadLog is the write-ahead log of a SQLite store.
type aheadLog struct {
	path string
	// sync makes the file of the log durable. Tests set it.
	sync func(*os.File) error

	mu sync.Mutex
	// Commits without a sync are numbered from 1. begun is the last one that has begun, written the last one that is in the log,
	// durable the last one that a sync has covered.
	begun, written, durable uint64
	syncing                 bool
	// changed is closed at the next change of the fields above.
	changed chan struct{}
	// file is the log. It is opened before what is to be synced is written, and kept, since only a file that is open sees each error of
	// its disk.
	file *os.File
	// err is why a sync failed, after which failed is closed.
	err    error
	failed chan struct{}
}

// syncLog is syncData, but in tests.
var syncLog = syncData

func newAheadLog(database string) *aheadLog {
	return &aheadLog{path: database + "-wal", sync: syncLog, changed: make(chan struct{}), failed: make(chan struct{})}
}

// recover makes durable what a program that was killed had written but not synced, and has the engine read the log from the disk.
// The store is not open yet.
func (l *aheadLog) recover() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := l.sync(l.file); err != nil {
		return fmt.Errorf("syncing the write-ahead log: %w", err)
	}
	return forgetCached(l.file)
}

// begin tells that a commit begins, and end that it is in the log or has failed. They are called by who has the turn to write.
func (l *aheadLog) begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.refusal()
	}
	if err := l.open(); err != nil {
		return err
	}
	l.begun++
	return nil
}

// end returns the number of the commit.
func (l *aheadLog) end() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written = l.begun
	return l.written
}

// commit runs a commit and sets its number, which is to be kept, whatever came of it, unless it is 0.
func (l *aheadLog) commit(number *uint64, do func() error) error {
	if l == nil {
		return do()
	}
	if err := l.begin(); err != nil {
		return err
	}
	defer func() { *number = l.end() }()
	return do()
}

// keep makes a commit durable. Commits that wait for a sync share the next one.
func (l *aheadLog) keep(commit uint64) error {
	if l == nil {
		return nil // PostgreSQL commits nothing else
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.durable < commit {
		if l.err != nil {
			return l.err
		}
		if l.syncing {
			_ = l.wait(context.Background()) // it does not end
			continue
		}
		covered, file := l.written, l.file
		l.syncing = true
		l.mu.Unlock()
		err := l.sync(file)
		l.mu.Lock()
		l.syncing = false
		if err != nil {
			l.err = fmt.Errorf("syncing the write-ahead log: %w", err)
			close(l.failed)
		} else {
			l.durable = covered
		}
		close(l.changed)
		l.changed = make(chan struct{})
	}
	return nil
}

// await waits until all that can be seen is durable.
func (l *aheadLog) await(ctx context.Context) error { return l.awaitCommit(ctx, l.last()) }

// last returns the number of the last commit that can be seen.
func (l *aheadLog) last() uint64 {
	if l == nil {
		return 0 // PostgreSQL shows nothing that is not durable
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.begun
}

// awaitCommit waits until a commit, and all before it, are durable.
func (l *aheadLog) awaitCommit(ctx context.Context, number uint64) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.err == nil && l.durable < number {
		if err := l.wait(ctx); err != nil {
			return err
		}
	}
	return l.refusal()
}

// check returns an error after a sync has failed.
func (l *aheadLog) check() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusal()
}

func (l *aheadLog) refusal() error {
	if l.err == nil {
		return nil
	}
	return fault.Wrap(l.err, fault.Unavailable, reason.StoreUnavailable, "the disk of the store has failed; the service must be started again")
}

// wait releases the lock until something has changed.
func (l *aheadLog) wait(ctx context.Context) error {
	changed := l.changed
	l.mu.Unlock()
	defer l.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open opens the log unless it is open. The engine makes a new one only when it has closed the one before, all of which is then in the store.
func (l *aheadLog) open() error {
	present, err := os.Stat(l.path)
	if err != nil {
		return fmt.Errorf("looking for the write-ahead log: %w", err)
	}
	if l.file != nil {
		if opened, err := l.file.Stat(); err == nil && os.SameFile(present, opened) {
			return nil
		}
		l.settle()
		_ = l.file.Close() // nothing is written to it
	}
	if l.file, err = os.OpenFile(l.path, os.O_RDWR, 0); err != nil {
		return fmt.Errorf("opening the write-ahead log: %w", err)
	}
	return nil
}

// settle waits until all that was committed is durable.
func (l *aheadLog) settle() {
	for l.err == nil && (l.syncing || l.durable < l.begun) {
		_ = l.wait(context.Background()) // it does not end
	}
}

// close closes the file when all that was committed is durable.
func (l *aheadLog) close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settle(); l.err != nil || l.file == nil {
		return l.refusal()
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// unkeptError is the error of a commit after which the sync failed.
type unkeptError struct{ cause error }

func (e *unkeptError) Error() string { return "the change may be lost: " + e.cause.Error() }
func (e *unkeptError) Unwrap() error { return e.cause }

// isUnkept reports whether a sync failed after a commit.
func isUnkept(err error) bool {
	var unkept *unkeptError
	return errors.As(err, &unkept)
}

// Failed returns a channel that is closed when the store has failed for good, so that the program must be started again.
func (db *DB) Failed() <-chan struct{} {
	if db.log == nil {
		return nil
	}
	return db.log.failed
}
