package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// On SQLite, write transactions that wait for one another are committed as a group: one transaction of
// the engine, in which each of them is a savepoint, and one fsync for all.
//
//   - Members run one after the other in order of arrival, each on the goroutine of its caller, and see
//     what those before them in the group changed.
//   - A member that fails, panics or whose caller has gone is rolled back alone, before the next begins.
//   - The last member commits: the one behind whom nobody waits, or who fills the group. A single caller
//     thus waits for nobody.
//   - Nobody gets an answer before the commit, not even a refusal, as it may rest on what an earlier member
//     changed. If the commit fails, all get its error. Followers are woken after it, once.
//   - A long transaction is no member. It takes its turn among the others and commits alone.
//   - If an error makes the engine undo the whole group (a full disk, say), the member that met it gets it,
//     and the members before run again, alone.

// A group ends when it has this many members, or lasted this long or as long as the commit before it took,
// so that on a slow disk more share a commit.
const (
	groupMembers = 256
	groupTime    = 3 * time.Millisecond
)

// groups runs the write transactions of a SQLite store. Who has the turn owns the other fields.
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
func (db *DB) inGroup(ctx context.Context, do func(context.Context, *Tx) error) error {
	if err := db.groups.turns.wait(ctx, false); err != nil {
		return err
	}
	joined, err := db.asMember(ctx, do)
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
func (db *DB) asMember(ctx context.Context, do func(context.Context, *Tx) error) (joined *group, err error) {
	defer db.leave()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if db.groups.open == nil {
		if db.groups.open, err = db.beginGroup(ctx); err != nil {
			return nil, err
		}
	}
	joined = db.groups.open
	if err = db.member(ctx, joined, do); joined.err != nil {
		return nil, err
	}
	return joined, err
}

func (db *DB) beginGroup(ctx context.Context) (*group, error) {
	pooled, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the store: %w", err)
	}
	if err := onConnection(pooled, func(c *connection) error { return c.begin(ctx) }); err != nil {
		return nil, errors.Join(fmt.Errorf("beginning a transaction: %w", err), pooled.Close())
	}
	return &group{connection: pooled, began: time.Now(), done: make(chan struct{})}, nil
}

// member runs do behind a savepoint of a group.
func (db *DB) member(ctx context.Context, joined *group, do func(context.Context, *Tx) error) error {
	if err := onConnection(joined.connection, (*connection).setSavepoint); err != nil {
		joined.err = errRuined
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	joined.members++
	statements := &grouped{on: joined.connection}
	kept := false
	defer func() {
		if !kept && onConnection(joined.connection, (*connection).undoToSavepoint) != nil {
			joined.err = errRuined
		}
	}()
	own := &Tx{Statements: statements, Engine: db.engine, Secrets: db.secrets, connection: joined.connection}
	if err := statements.during(func() error { return do(ctx, own) }); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := onConnection(joined.connection, (*connection).releaseSavepoint); err != nil {
		return fmt.Errorf("ending a transaction: %w", err)
	}
	kept = true
	joined.kept++
	joined.told = append(joined.told, own.told...)
	return nil
}

// leave passes the turn to the next member, or ends the group if there is none.
func (db *DB) leave() {
	g := &db.groups
	ending := g.open
	if ending == nil {
		g.turns.pass(false)
		return
	}
	full := ending.members >= groupMembers || time.Since(ending.began) >= max(g.shortest, g.committing)
	if ending.err == nil && !full && g.turns.pass(true) {
		return
	}
	g.open = nil
	db.endGroup(ending)
	g.turns.pass(false)
	close(ending.done)
}

// endGroup commits a group if it has something to commit.
func (db *DB) endGroup(ending *group) {
	began := time.Now()
	err := onConnection(ending.connection, func(c *connection) error {
		if ending.err == nil && ending.kept > 0 {
			return c.commit()
		}
		c.end()
		return nil
	})
	if ending.err == nil && err != nil {
		ending.err = fmt.Errorf("committing: %w", err)
	}
	if ending.err == nil && ending.kept > 0 {
		db.groups.committing = time.Since(began)
		db.committed(ending.members, ending.told, db.groups.committing)
	}
	_ = ending.connection.Close() // fails only if it was closed
}

// onConnection runs do with the connection to SQLite behind a pool's connection.
func onConnection(pooled *sql.Conn, do func(*connection) error) error {
	return pooled.Raw(func(own any) error {
		opened, ok := own.(*connection)
		if !ok {
			return fmt.Errorf("%T is not a connection to SQLite", own)
		}
		return do(opened)
	})
}

// alone runs do while its caller has the turn and no group is open.
func (db *DB) alone(ctx context.Context, do func() error) error {
	if err := db.groups.turns.wait(ctx, true); err != nil {
		return err
	}
	defer db.groups.turns.pass(false)
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
