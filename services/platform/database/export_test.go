package database

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Queued returns how many write transactions wait for their turn.
func (db *DB) Queued() int {
	g := &db.groups
	if db.engine == PostgreSQL {
		g = &db.lanes[0]
	}
	g.turns.mu.Lock()
	defer g.turns.mu.Unlock()
	return len(g.turns.waiting)
}

// KeepGroupsOpen makes groups end only when nobody waits, however slow the machine is.
func (db *DB) KeepGroupsOpen() {
	db.groups.shortest = time.Hour
	for n := range db.lanes {
		db.lanes[n].shortest = time.Hour
	}
}

// OneLane makes all transactions of InTurn on PostgreSQL use one lane.
func (db *DB) OneLane() { db.lanes = db.lanes[:1] }

// Kept returns the texts of the statements that the writer's connection keeps prepared.
func (db *DB) Kept(ctx context.Context) (texts []string, err error) {
	pooled, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pooled.Close() }()
	err = pooled.Raw(func(own any) error {
		opened, ok := own.(*connection)
		if !ok {
			return fmt.Errorf("%T is not a connection to SQLite", own)
		}
		for text := range opened.kept {
			texts = append(texts, text)
		}
		return nil
	})
	return texts, err
}

// Synchronous returns how the writer's connection syncs commits while no transaction runs.
func (db *DB) Synchronous(ctx context.Context) (level int, err error) {
	err = db.writer.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level)
	return level, err
}

// SyncWith makes the store sync its log by do. Call it before the first transaction.
func (db *DB) SyncWith(do func(sync func() error) error) {
	own := db.log.sync
	db.log.sync = func(file *os.File) error { return do(func() error { return own(file) }) }
}

// OnSync calls seen with the name of each file that a store syncs that is opened before the test ends.
func OnSync(t interface{ Cleanup(func()) }, seen func(name string)) {
	own := syncLog
	syncLog = func(file *os.File) error {
		seen(file.Name())
		return own(file)
	}
	t.Cleanup(func() { syncLog = own })
}

// OnCommit makes the store call do after each commit, with the number of transactions in it. Call it
// before the first transaction.
func (db *DB) OnCommit(do func(members int)) { db.onCommit = do }

// CacheBytes is about the most memory that cached rows take.
const CacheBytes = cacheBytes

// CloseWithin sets how long Close waits for the turn to write, until the test ends.
func CloseWithin(t interface{ Cleanup(func()) }, limit time.Duration) {
	own := closeTime
	closeTime = limit
	t.Cleanup(func() { closeTime = own })
}

// ServeNothing has no store served, as at the start of a program, until the test ends: stores whose disk failed stay open.
func ServeNothing(t interface{ Cleanup(func()) }) {
	served.Lock()
	defer served.Unlock()
	stores := served.stores
	served.stores = 0
	runtime.SetDefaultGOMAXPROCS()
	t.Cleanup(func() { served.stores = stores })
}

// Uncached has nothing cached, as where others write, which the stores of tests do not presume.
func (db *DB) Uncached() { db.cache = nil }

// CacheSize returns how many rows are cached, and about how much memory they take.
func (db *DB) CacheSize() (rows, bytes int) {
	db.cache.mu.Lock()
	defer db.cache.mu.Unlock()
	for _, generation := range []map[any]cachedRow{db.cache.young, db.cache.old} {
		rows += len(generation)
		for _, row := range generation {
			bytes += row.bytes
		}
	}
	return rows, bytes
}

// SetInvalidation sets how long a program waits for an answer, for how long changed_rows are kept, for how long rows in memory, and for how long none where asking
// has proved futile.
func (db *DB) SetInvalidation(patience, retention, kept, rest time.Duration) {
	db.cache.invalidation.patience, db.cache.invalidation.retention, db.cache.invalidation.kept, db.cache.invalidation.rest = patience, retention, kept, rest
}

// AnotherServer has the program believe that it was another server that answered last.
func (db *DB) AnotherServer() { db.cache.invalidation.known.server = "another" }

// ForgetAt is Forget at a time.
func (db *DB) ForgetAt(ctx context.Context, now time.Time) error {
	return db.cache.invalidation.trim(ctx, func() time.Time { return now })
}

// AskChanged asks what has been changed.
var AskChanged = askChanged

// MoveFloor moves the floor of what was removed.
func (db *DB) MoveFloor(ctx context.Context, until string) error {
	_, err := db.writer.ExecContext(ctx, moveFloor, until)
	return err
}
