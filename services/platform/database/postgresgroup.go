package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"hash/maphash"
	"sync"
	"time"
)

// On PostgreSQL, transactions of InTurn are members of groups. A lane is a queue of them with one connection; those with
// the same key are in the same lane. The members of a group are one serializable transaction of the server, which is
// committed when nobody else waits in the lane. A member runs after the one before, whose changes are sent before its own
// reads, in one round trip. So members see one another's changes, share BEGIN, COMMIT, the sync and half of the round trips,
// and different lanes run side by side. There are no savepoints, which would cost as much as a transaction does: a member
// that is refused before it has sent a change has nothing to undo, and after any other failure all members run again, alone.

const (
	// connectionsPerLane is how many connections a store has for each lane: four lanes by default. On two cores, two to four lanes
	// were the fastest, and eight made a fifth less.
	connectionsPerLane = 5
	// groupCommitTime limits a commit, or its undoing, which do not end with the context of a caller. The server ends statements before.
	groupCommitTime = statementTimeout + 5*time.Second
	// groupPatience is how long a group waits for a lock of others, and four times as long as its lane's last commit took, as all in its lane
	// wait with it. Then its members run again, alone, and only the one that needs the lock waits for it. The sum is shorter than deadlock_timeout, so that
	// groups of replicas that wait for one another part.
	groupPatience = 30 * time.Millisecond
	// afterCaller is how long a statement may go on after its caller has gone, before it ends with the whole group.
	afterCaller = time.Second
)

func newLanes(connections int) []groups {
	made := make([]groups, max(1, connections/connectionsPerLane))
	for n := range made {
		made[n].shortest = groupTime
	}
	return made
}

// groupsOf returns the groups in which a write transaction takes part, nil if it runs alone.
func (db *DB) groupsOf(ctx context.Context) *groups {
	if isLong(ctx) {
		return nil
	}
	if db.engine == SQLite {
		return &db.groups
	}
	key, ok := ctx.Value(inTurnKey{}).(string)
	if !ok || isAtOnce(ctx) {
		return nil
	}
	return &db.lanes[maphash.String(db.turns.seed, key)%uint64(len(db.lanes))]
}

func (c *postgres) beginGroup(ctx context.Context, patience time.Duration) error {
	_, err := c.BeginTx(ctx, driver.TxOptions{Isolation: driver.IsolationLevel(sql.LevelSerializable)})
	c.unsent = append(c.unsent, unsent{text: fmt.Sprintf("SET LOCAL lock_timeout = %d", patience.Milliseconds())})
	return err
}

// memberState is what a connection knows of the member of a group that runs.
type memberState struct {
	// before is how many of the unsent statements are those of members before.
	before int
	// rows is how many of the gathered rows are those of members before.
	rows int
	// changed says that it has sent a statement that may have changed something.
	changed bool
}

func (c *postgres) beginMember() error {
	if c.isRuined() {
		return errRuined
	}
	c.ahead, c.atOnce, c.member = nil, false, memberState{before: len(c.unsent), rows: len(c.soon.rows)}
	return nil
}

// isRuined reports whether the group cannot be committed.
func (c *postgres) isRuined() bool {
	return c.failed != nil || c.native().IsClosed() || c.native().PgConn().TxStatus() == 'E'
}

func (c *postgres) keepMember() error {
	if c.isRuined() {
		return errRuined
	}
	return nil
}

// seesUntil returns when the transaction took its snapshot, zero if it has none yet.
func (c *postgres) seesUntil() time.Time { return c.snapshot }

func (c *postgres) undoMember() error {
	if c.member.changed || c.isRuined() {
		return errRuined
	}
	clear(c.rows.rows) // they may be as the member has changed them
	c.unsent, c.ahead = c.unsent[:c.member.before], nil
	c.soon.rows = c.soon.rows[:c.member.rows]
	return nil
}

func (c *postgres) commitGroup() error {
	ctx, cancel := context.WithTimeout(context.Background(), groupCommitTime)
	defer cancel()
	return postgresTx{ctx, c}.Commit()
}

func (c *postgres) endGroup() {
	ctx, cancel := context.WithTimeout(context.Background(), groupCommitTime)
	defer cancel()
	_ = postgresTx{ctx, c}.Rollback() // if it fails, the connection is closed
}

// watchMember cuts the connection, and with it the group, if a member still runs afterCaller after ctx has ended. It takes the place
// of the contexts of statements, each of which costs goroutines.
func (c *postgres) watchMember(ctx context.Context) (done func()) {
	wire := c.native().PgConn().Conn()
	var mu sync.Mutex
	left := false
	cut := func() {
		mu.Lock()
		defer mu.Unlock()
		if !left {
			_ = wire.Close() // fails if it is closed
		}
	}
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(afterCaller, cut) })
	return func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		left = true
	}
}
