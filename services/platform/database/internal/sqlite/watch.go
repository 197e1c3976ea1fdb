package sqlite

import (
	"context"
	"sync"
	"time"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A statement looks at its context each time it has run this many instructions of the engine, well under a millisecond.
const watchedInstructions = 1000

// Waits for a lock of another connection.
const (
	firstWait   = time.Millisecond
	longestWait = 100 * time.Millisecond
)

// watched holds the connections by their handles, which the engine passes to callbacks.
var watched sync.Map

// watch has the engine look at the context of the statement that runs.
func (c *Conn) watch() {
	watched.Store(c.db, c)
	sqlite3.Xsqlite3_progress_handler(c.tls, c.db, watchedInstructions, callback(progress), c.db)
	sqlite3.Xsqlite3_busy_handler(c.tls, c.db, callback(wait), c.db)
}

func unwatch(db uintptr) { watched.Delete(db) }

// progress returns 1 if a statement shall end.
func progress(_ *libc.TLS, db uintptr) int32 {
	if c, ok := watched.Load(db); ok && c.(*Conn).ended() != nil {
		return 1
	}
	return 0
}

// wait waits for a lock and returns 1, or 0 if it has been waited for long enough. tries counts the waits of a statement before.
func wait(_ *libc.TLS, db uintptr, tries int32) int32 {
	found, ok := watched.Load(db)
	if !ok {
		return 0
	}
	c := found.(*Conn)
	if tries == 0 {
		c.waits = time.Now()
	}
	if c.ended() != nil || time.Since(c.waits) >= c.busy {
		return 0
	}
	ctx := c.running
	if ctx == nil {
		ctx = context.Background()
	}
	timer := time.NewTimer(min(firstWait<<min(tries, 10), longestWait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return 0
	case <-timer.C:
		return 1
	}
}

// ended returns the error of the context of the statement that runs.
func (c *Conn) ended() error {
	if c.running == nil {
		return nil
	}
	return c.running.Err()
}
