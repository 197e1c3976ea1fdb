package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Write transactions that wait for one another are committed as a group: one transaction of the engine, and one
// fsync for all. On SQLite each of them is a savepoint, and the fsync runs beside the next group, see aheadlog.go; on PostgreSQL see
// postgresgroup.go.
//
//   - Members run one after the other in order of arrival, all on the goroutine of the first, since waking one for each
//     took a tenth of the time of a group. They see what those before them in the group changed.
//   - A member that fails, panics or whose caller has gone is rolled back alone, before the next begins. On
//     PostgreSQL, one that has sent changes by then makes all others run again, alone. The panic goes on at the caller.
//   - A group ends when nobody waits, or when it is full. A single caller thus waits for nobody. On PostgreSQL, who comes after
//     the group has read begins the next one: the group does not see what was committed since, which this caller may know of.
//   - Nobody gets an answer before the commit is durable, not even a refusal, as it may rest on what an earlier member
//     changed. If the commit fails, all get its error. Followers are woken after it, once.
//   - A long transaction is no member. It takes its turn among the others and commits alone; on SQLite its fsync runs beside the next, too.
//   - If an error makes the engine undo the whole group (a full disk, say), the member that met it gets it,
//     and the members before run again, alone. On PostgreSQL, where it may be the error of a member before,
//     all run again.

// A group ends when it has this many members, or lasted this long or as long as the commit before it took, so that on a slow disk
// more share a commit. On SQLite, that is without the sync, which several groups share on a slow disk. On PostgreSQL, groups that
// lasted ten times as long were slower than none: rows that many of a group change keep their former versions until the commit.
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
	// shortest is how long a group may last on a fast disk, committing how long the last commit took.
	shortest, committing time.Duration
}

// group is a group of transactions.
type group struct {
	connection *sql.Conn
	// changing is what it changes on SQLite, and rows are those that it has read on PostgreSQL.
	changing *changing
	rows     *groupRows
	began    time.Time
	// ran are the members that have run, of which kept are to be committed.
	ran  []*member
	kept int
	// told is what those that are kept are about.
	told []Subject
	// ended is when its end began, commit the number of its commit in the log of SQLite.
	ended  time.Time
	commit uint64
	// err is why nothing of the group is committed.
	err error
}

// member is a transaction that is run in a group.
type member struct {
	ctx context.Context
	do  func(context.Context, *Tx) error
	// running is held while another than the caller runs it.
	running sync.Mutex
	// panicked is its panic. It and do are the caller's again when running is free.
	panicked *panicError
	// err is what came of it, settled that the end of its group changes nothing about that. They are the caller's when the group has ended.
	err     error
	settled bool
}

// panicError is the panic of a member.
type panicError struct {
	cause any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("%v\n%s", e.cause, e.stack) }

// Unwrap returns what the member panicked with if it is an error.
func (e *panicError) Unwrap() error {
	err, _ := e.cause.(error)
	return err
}

// inGroup runs do as a member of a group, on whatever goroutine: do must not end it. If do panics, so does inGroup, with a panicError.
func (db *DB) inGroup(ctx context.Context, g *groups, do func(context.Context, *Tx) error) error {
	own := &member{ctx: ctx, do: do}
	turn, err := g.turns.wait(ctx, own)
	if turn {
		db.lead(g, own)
	}
	if own.panicked != nil {
		panic(own.panicked)
	}
	if err != nil {
		return err
	}
	return own.err
}

// lead runs a group, whose first member has the turn, and passes the turn on.
func (db *DB) lead(g *groups, first *member) {
	led, err := db.beginGroup(first.ctx, g)
	if err != nil {
		first.err = err
		g.turns.pass()
		return
	}
	var joined []*waiter
	defer func() {
		for _, one := range joined {
			close(one.called)
		}
	}()
	defer db.settle(led)
	defer g.turns.pass()
	defer db.endGroup(g, led)
	db.run(led, first)
	for !led.ends(g) {
		next := g.turns.joining(seesUntil(led.connection))
		if next == nil {
			return
		}
		joined = append(joined, next)
		db.runOther(led, next.member)
	}
}

// ends reports whether no member may join.
func (led *group) ends(g *groups) bool {
	return led.err != nil || len(led.ran) >= groupMembers || time.Since(led.began) >= max(g.shortest, g.committing)
}

// runOther runs a member whose caller waits.
func (db *DB) runOther(led *group, m *member) {
	defer m.running.Unlock()
	db.run(led, m)
}

// run runs a member of a group.
func (db *DB) run(led *group, m *member) {
	defer func() {
		if cause := recover(); cause != nil {
			m.panicked = &panicError{cause, debug.Stack()}
		}
	}()
	if m.err = m.ctx.Err(); m.err != nil {
		m.settled = true
		return
	}
	led.ran = append(led.ran, m)
	if m.err = db.member(m.ctx, led, m.do); led.err != nil {
		m.err, m.settled = db.blame(m.ctx, led, m.err, false), true
	}
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
	if uncertain := errors.As(err, &lost) && lost.committing; uncertain || len(failed.ran) <= 1 {
		return err
	}
	return errRuined
}

func (db *DB) beginGroup(ctx context.Context, g *groups) (*group, error) {
	if err := db.log.check(); err != nil {
		return nil, err
	}
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
	begun := &group{connection: pooled}
	if err := inGrouping(pooled, func(c grouping) error {
		if err := c.beginGroup(ctx, groupPatience+4*g.committing); err != nil {
			return err
		}
		switch own := c.(type) {
		case *connection:
			begun.changing = &own.changing
		case *postgres:
			begun.rows, own.rows.of = &own.rows, db.cache
		}
		return nil
	}); err != nil {
		err = db.classify(ctx, pooled, fmt.Errorf("beginning a transaction: %w", err), false)
		db.leaveWriters()
		return nil, errors.Join(err, pooled.Close())
	}
	begun.began = time.Now()
	return begun, nil
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
	statements := &grouped{on: joined.connection}
	kept := false
	defer func() {
		if !kept && inGrouping(joined.connection, grouping.undoMember) != nil {
			joined.err = errRuined
		}
	}()
	own := &Tx{Statements: statements, Engine: db.engine, Secrets: db.secrets, connection: joined.connection, pipelined: db.engine == PostgreSQL, rows: joined.rows}
	if own.changing = joined.changing; own.changing != nil {
		own.cache = db.cache
	}
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

// endGroup commits a group if it has something to commit.
func (db *DB) endGroup(g *groups, ending *group) {
	defer db.leaveWriters()
	ending.ended = time.Now()
	err := inGrouping(ending.connection, func(c grouping) (err error) {
		commits := ending.err == nil && ending.kept > 0
		if commits {
			err = db.log.commit(&ending.commit, c.commitGroup)
		}
		if !commits || err != nil && db.log != nil { // perhaps the commit was not begun
			c.endGroup()
		}
		return err
	})
	if ending.err == nil && err != nil {
		var uncommitted *uncommittedError
		ending.err = db.blame(context.Background(), ending, fmt.Errorf("committing: %w", err), !errors.As(err, &uncommitted))
	}
	if ending.err == nil && ending.kept > 0 {
		db.cache.keepGroup(ending.changing, ending.commit)
		g.committing = min(time.Since(ending.ended), slowestCommit)
	}
	_ = ending.connection.Close() // fails only if it was closed
}

// settle makes the commit of a group durable, and tells its members what came of it.
func (db *DB) settle(ended *group) {
	if ended.commit > 0 {
		if err := db.log.keep(ended.commit); err != nil && ended.err == nil {
			ended.err = &unkeptError{err}
		}
	}
	if ended.err == nil && ended.kept > 0 {
		db.committed(len(ended.ran), ended.told, time.Since(ended.ended))
	}
	for _, m := range ended.ran {
		if ended.err != nil && !m.settled {
			m.err = ended.err
		}
	}
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
func (db *DB) alone(ctx context.Context, do func() (outcome, error)) (outcome, error) {
	if _, err := db.groups.turns.wait(ctx, nil); err != nil {
		return nil, err
	}
	defer db.groups.turns.pass()
	if err := cmp.Or(ctx.Err(), db.log.check()); err != nil {
		return nil, err
	}
	return do()
}

type longKey struct{}

// Long returns a context for long write transactions: those that import or remove many rows, say. On SQLite they
// commit alone, so that short ones do not wait for them in one group.
func Long(ctx context.Context) context.Context { return context.WithValue(ctx, longKey{}, true) }

func isLong(ctx context.Context) bool { return ctx.Value(longKey{}) != nil }
