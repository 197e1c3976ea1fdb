package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Write transactions that wait for one another are committed as a group: one transaction of the engine, and one
// fsync for all. On SQLite each of them is a savepoint; on PostgreSQL see postgresgroup.go.
//
//   - Members run one after the other in order of arrival, each on the goroutine of its caller, and see
//     what those before them in the group changed.
//   - A member that fails, panics or whose caller has gone is rolled back alone, before the next begins. On
//     PostgreSQL, one that has sent changes by then makes all others run again, alone.
//   - The last member commits: the one behind whom nobody waits, or who fills the group. A single caller
//     thus waits for nobody. On PostgreSQL, who comes after the group has read begins the next one: the group does not
//     see what was committed since, which this caller may know of.
//   - Nobody gets an answer before the commit, not even a refusal, as it may rest on what an earlier member
//     changed. If the commit fails, all get its error. Followers are woken after it, once.
//   - A long transaction is no member. It takes its turn among the others and commits alone.
//   - If an error makes the engine undo the whole group (a full disk, say), the member that met it gets it,
//     and the members before run again, alone. On PostgreSQL, where it may be the error of a member before,
//     all run again.

// A group ends when it has this many members, or lasted this long or as long as the commit before it took,
// so that on a slow disk more share a commit. On PostgreSQL, groups that lasted ten times as long were slower than none: rows that
// many of a group change keep their former versions until the commit.
const (
	groupMembers = 256
	groupTime    = 3 * time.Millisecond
	// slowestCommit limits what a slow commit does to the length of the next group.
	slowestCommit = 100 * time.Millisecond
)

// grouping is a connection on which a group runs.
type grouping interface {
	// beginGroup begins a transaction that waits at most patience for a lock.
	beginGroup(ctx context.Context, patience time.Duration) error
	beginMember() error
	// watchMember, until done is called, ends a statement that waits on after its caller has gone.
	watchMember(ctx context.Context) (done func())
	keepMember() error
	// seesUntil returns when the group began to read, if it does not see what others have committed since, or zero.
	seesUntil() time.Time
	// undoMember fails if that undoes the whole group.
	undoMember() error
	commitGroup() error
	// endGroup undoes the group.
	endGroup()
}

// groups runs write transactions that take turns: all of a SQLite store, or those of a lane on PostgreSQL. Who has the turn owns
// the other fields.
type groups struct {
	turns queue
	// open is the group that the next member joins, nil if there is none.
	open *group
	// shortest is how long a group may last on a fast disk, committing how long the last commit took.
	shortest, committing time.Duration
}

// group is a group of transactions.
type group struct {
	connection *sql.Conn
	began      time.Time
	// members counts the members, kept those whose changes are to be committed.
	members, kept int
	// told is what those that are kept are about.
	told []Subject
	// done is closed when the group has ended, with err.
	done chan struct{}
	err  error
}

// inGroup runs do as a member of a group.
func (db *DB) inGroup(ctx context.Context, g *groups, do func(context.Context, *Tx) error) error {
	if err := g.turns.wait(ctx, false); err != nil {
		return err
	}
	joined, err := db.asMember(ctx, g, do)
	if joined == nil {
		return err
	}
	select {
	case <-joined.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if joined.err != nil {
		return joined.err
	}
	return err
}

// asMember runs do in the open group, or in a new one, and passes the turn on even if do panics. It returns the
// group if its outcome matters to the caller.
func (db *DB) asMember(ctx context.Context, g *groups, do func(context.Context, *Tx) error) (joined *group, err error) {
	defer db.leave(g)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if g.open == nil {
		if g.open, err = db.beginGroup(ctx, g); err != nil {
			return nil, err
		}
	}
	joined = g.open
	if err = db.member(ctx, joined, do); joined.err != nil {
		return nil, db.blame(ctx, joined, err, false)
	}
	return joined, err
}

// blame returns what a member of a group gets that failed with err. On PostgreSQL that may be due to another member, unless there is
// none: then it runs again, alone, and if the commit may have been made, nobody does. Who has met a lock runs again alone, too.
func (db *DB) blame(ctx context.Context, failed *group, err error, committing bool) error {
	if db.engine == SQLite {
		return err
	}
	if ended := ctx.Err(); ended != nil {
		return ended // err may tell of another member
	}
	if isLockTimeout(err) {
		return errRuined
	}
	err = db.classify(ctx, failed.connection, err, committing)
	var lost *lostError
	if uncertain := errors.As(err, &lost) && lost.committing; uncertain || failed.members <= 1 {
		return err
	}
	return errRuined
}

func (db *DB) beginGroup(ctx context.Context, g *groups) (*group, error) {
	if db.engine == PostgreSQL {
		if err := db.writers.Acquire(ctx, 1); err != nil {
			return nil, err
		}
	}
	pooled, err := db.writer.Conn(ctx)
	if err != nil {
		db.leaveWriters()
		return nil, fmt.Errorf("connecting to the store: %w", err)
	}
	if err := inGrouping(pooled, func(c grouping) error { return c.beginGroup(ctx, groupPatience+4*g.committing) }); err != nil {
		err = db.classify(ctx, pooled, fmt.Errorf("beginning a transaction: %w", err), false)
		db.leaveWriters()
		return nil, errors.Join(err, pooled.Close())
	}
	return &group{connection: pooled, began: time.Now(), done: make(chan struct{})}, nil
}

// leaveWriters gives up the share of a group.
func (db *DB) leaveWriters() {
	if db.engine == PostgreSQL {
		db.writers.Release(1)
	}
}

// member runs do behind a savepoint of a group.
func (db *DB) member(ctx context.Context, joined *group, do func(context.Context, *Tx) error) error {
	unwatch := func() {}
	defer func() { unwatch() }()
	if err := inGrouping(joined.connection, func(c grouping) error {
		unwatch = c.watchMember(ctx)
		return c.beginMember()
	}); err != nil {
		joined.err = errRuined
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	joined.members++
	statements := &grouped{on: joined.connection}
	kept := false
	defer func() {
		if !kept && inGrouping(joined.connection, grouping.undoMember) != nil {
			joined.err = errRuined
		}
	}()
	own := &Tx{Statements: statements, Engine: db.engine, Secrets: db.secrets, connection: joined.connection, pipelined: db.engine == PostgreSQL}
	if err := statements.during(func() error { return do(ctx, own) }); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := inGrouping(joined.connection, grouping.keepMember); err != nil {
		return fmt.Errorf("ending a transaction: %w", err)
	}
	kept = true
	joined.kept++
	joined.told = append(joined.told, own.told...)
	return nil
}

// leave passes the turn to the next member, or ends the group if there is none.
func (db *DB) leave(g *groups) {
	ending := g.open
	if ending == nil {
		g.turns.pass()
		return
	}
	full := ending.members >= groupMembers || time.Since(ending.began) >= max(g.shortest, g.committing)
	if ending.err == nil && !full && g.turns.passInGroup(seesUntil(ending.connection)) {
		return
	}
	g.open = nil
	db.endGroup(g, ending)
	g.turns.pass()
	close(ending.done)
}

// endGroup commits a group if it has something to commit.
func (db *DB) endGroup(g *groups, ending *group) {
	defer db.leaveWriters()
	began := time.Now()
	err := inGrouping(ending.connection, func(c grouping) error {
		if ending.err == nil && ending.kept > 0 {
			return c.commitGroup()
		}
		c.endGroup()
		return nil
	})
	if ending.err == nil && err != nil {
		var uncommitted *uncommittedError
		ending.err = db.blame(context.Background(), ending, fmt.Errorf("committing: %w", err), !errors.As(err, &uncommitted))
	}
	if ending.err == nil && ending.kept > 0 {
		took := time.Since(began)
		g.committing = min(took, slowestCommit)
		db.committed(ending.members, ending.told, took)
	}
	_ = ending.connection.Close() // fails only if it was closed
}

// seesUntil returns when a group began to read, if that matters.
func seesUntil(pooled *sql.Conn) (until time.Time) {
	if inGrouping(pooled, func(c grouping) error {
		until = c.seesUntil()
		return nil
	}) != nil {
		return time.Now().Add(-time.Hour) // it is closed: nobody joins
	}
	return until
}

// inGrouping runs do with the engine's connection behind a pool's connection.
func inGrouping(pooled *sql.Conn, do func(grouping) error) error {
	return pooled.Raw(func(own any) error {
		opened, ok := own.(grouping)
		if !ok {
			return fmt.Errorf("%T cannot run a group", own)
		}
		return do(opened)
	})
}

// alone runs do while its caller has the turn and no group is open.
func (db *DB) alone(ctx context.Context, do func() error) error {
	if err := db.groups.turns.wait(ctx, true); err != nil {
		return err
	}
	defer db.groups.turns.pass()
	if err := ctx.Err(); err != nil {
		return err
	}
	return do()
}

type longKey struct{}

// Long returns a context for long write transactions: those that import or remove many rows, say. On SQLite they
// commit alone, so that short ones do not wait for them in one group.
func Long(ctx context.Context) context.Context { return context.WithValue(ctx, longKey{}, true) }

func isLong(ctx context.Context) bool { return ctx.Value(longKey{}) != nil }
