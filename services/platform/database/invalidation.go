package database

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// On PostgreSQL other programs write too, so a row that is kept in memory is as it is in the store only if no transaction has changed it since, of
// whichever program. Each transaction that changes something writes with its COMMIT what it may have changed into changed_rows. Who finds a row in
// memory first asks the store what has been changed since it was asked last: the transactions that are visible now and were not then. Those who wait at the same
// time ask together, by one small statement, and each by one that was sent after it came. So what is found in memory is what a statement in its place would find.
//
//   - If rows of changed_rows were removed that a program has not seen, or if the server is another one than before or has crashed, it forgets all rows.
//   - A question that takes longer than askPatience is not waited for: the caller then reads the row, which is always right.
//   - Nothing tells of what is changed by hand, so no row is kept for longer than keptUntold.
//   - Where asking has proved futile, a row is read without asking for futileRest, and not kept.
const (
	askPatience   = 50 * time.Millisecond
	toldRetention = time.Minute
	keptUntold    = time.Second
	futileRest    = 100 * time.Millisecond
	// mostTold limits the words that are followed one by one.
	mostTold = 1000
)

// invalidation has the versions of a store on PostgreSQL follow what all programs change.
type invalidation struct {
	db *DB
	// patience, retention, kept and rest are askPatience, toldRetention, keptUntold and futileRest. Tests set them.
	patience, retention, kept, rest time.Duration

	mu sync.Mutex
	// running is the question that is being asked, late that nobody waits for it any more. next is that of those who wait for the one after it.
	running, next *question
	asking, late  bool

	// known is what was seen last. The one who asks has it.
	known seenSnapshot

	// marks are those of trim on a server, in order, and removed is the number up to which it has removed rows there.
	trimming sync.Mutex
	server   string
	marks    []mark
	removed  string
}

func newInvalidation(db *DB) *invalidation {
	return &invalidation{db: db, patience: askPatience, retention: toldRetention, kept: keptUntold, rest: futileRest, removed: "0"}
}

// question is what several ask together.
type question struct {
	answered chan struct{}
	once     sync.Once
	err      error
}

func (q *question) answer(err error) {
	q.once.Do(func() {
		q.err = err
		close(q.answered)
	})
}

// seenSnapshot is a snapshot of a server: the transactions before the number end are visible except those that ran, of which begin is the first.
type seenSnapshot struct {
	server, begin, end, ran string
}

// errLate is the error of a question that takes too long.
var errLate = errors.New("the store takes too long to say what has changed")

// await returns once the versions have followed all that was committed before the call, or fails.
func (i *invalidation) await(ctx context.Context) error {
	i.mu.Lock()
	if i.running != nil && i.late {
		i.mu.Unlock()
		return errLate
	}
	if i.next == nil {
		i.next = &question{answered: make(chan struct{})}
	}
	joined := i.next
	if !i.asking {
		i.asking = true
		go i.ask()
	}
	i.mu.Unlock()
	select {
	case <-joined.answered:
		return joined.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask asks until nobody waits.
func (i *invalidation) ask() {
	for {
		runtime.Gosched() // to those who are about to ask as well
		i.mu.Lock()
		asked := i.next
		i.running, i.next, i.asking, i.late = asked, nil, asked != nil, false
		i.mu.Unlock()
		if asked == nil {
			return
		}
		patience := time.AfterFunc(i.patience, func() { i.giveUp(asked) })
		err := i.follow()
		patience.Stop()
		asked.answer(err)
	}
}

// giveUp has nobody wait for a question any more if it is still being asked.
func (i *invalidation) giveUp(asked *question) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running != asked {
		return
	}
	i.late = true
	asked.answer(errLate)
	if i.next != nil {
		i.next.answer(errLate)
		i.next = nil
	}
}

// askChanged asks which transactions are visible, whether rows from the number $3 on were removed, and what those transactions have changed that were not visible
// when the numbers from $1 were not given out yet and those of $2 ran. An order and a limit have the server use the index though it does not know how many
// rows are new; its plan is made once, so the table must not look small then, see migration 8.
var askChanged = fmt.Sprintf(`SELECT `+thisServer+`, pg_current_snapshot()::text,
	EXISTS (SELECT FROM changed_rows_floor WHERE xid > CAST($3::text AS xid8)), COALESCE((SELECT string_agg(what, ' ') FROM (
		(SELECT what FROM changed_rows WHERE xid >= CAST($1::text AS xid8) AND xid < pg_snapshot_xmax(pg_current_snapshot()) ORDER BY xid LIMIT %d)
		UNION ALL SELECT what FROM changed_rows WHERE xid = ANY (CAST(string_to_array($2, ',') AS xid8[]))) AS told), '')`, mostTold)

// thisServer names a server since its last crash, and its database. A crash resets the statistics, but not the time at which the server was started.
const thisServer = `concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()), current_database())`

// follow asks once.
func (i *invalidation) follow() error {
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	before := i.known
	if before.end == "" {
		before.begin, before.end = lastTransaction, lastTransaction
	}
	var server, snapshot, told string
	var removed bool
	if err := i.db.reader.QueryRowContext(ctx, askChanged, before.end, before.ran, before.begin).Scan(&server, &snapshot, &removed, &told); err != nil {
		return fmt.Errorf("asking what other programs have changed: %w", err)
	}
	parts := strings.Split(snapshot, ":")
	if len(parts) != 3 {
		return fmt.Errorf("asking what other programs have changed: %q is not a snapshot", snapshot)
	}
	words := strings.Fields(told)
	if removed || server != i.known.server || len(words) >= mostTold {
		words = []string{everything}
	}
	for _, word := range words {
		i.db.versions.told(word)
	}
	i.known = seenSnapshot{server, parts[0], parts[1], parts[2]}
	return nil
}

// lastTransaction is a number that no transaction has.
const lastTransaction = "18446744073709551615"

// everything is the word for all tables.
const everything = "*"

// told notes what a transaction has changed: a table, or with TABLE~KIND:NUMBER, one row of it by ChangeRow.
func (v *versions) told(word string) {
	name, row, one := strings.Cut(word, "~")
	v.mu.RLock()
	of := v.tables[name]
	v.mu.RUnlock()
	if of == nil {
		of = &v.every
	}
	changed, known := v.named(row)
	v.end(&of.any)
	if one && known {
		v.end(changed)
	} else {
		v.end(&of.more)
	}
}

// changedRowsMigration is the number of the migration that makes changed_rows.
const changedRowsMigration = 8

// touched are the words for what a transaction on PostgreSQL has changed.
type touched struct {
	words []string
	// row is the one that statements change, or "": see ChangeRow.
	row string
}

// mostTouched is how many words are told before it is everything.
const mostTouched = 200

// tellChanged is the statement that tells them.
const tellChanged = `INSERT INTO changed_rows (what) VALUES ($1)`

// touch notes a statement.
func (c *postgres) touch(text string) {
	if !c.writes {
		return
	}
	of, _ := c.versions.effect(text)
	for _, table := range of.changes {
		c.rows.changed(table.name, c.touched.row != "")
		if c.versions.untold.Load() {
			continue
		}
		word := table.name
		if c.touched.row != "" && word != everything {
			word += "~" + c.touched.row
		}
		if c.touched.add(word); len(c.touched.words) > mostTouched {
			c.touched.words = []string{everything}
		}
	}
}

func (t *touched) add(word string) {
	if !slices.Contains(t.words, word) {
		t.words = append(t.words, word)
	}
}

// text returns the words.
func (t *touched) text() string { return strings.Join(t.words, " ") }

// learnTables reads the tables of a store on PostgreSQL, as statements find them, if they are not known. Those with a trigger or a rule may change without
// being named. Views are left out: no statement of Continuo names one.
func (db *DB) learnTables(ctx context.Context) error {
	if db.engine != PostgreSQL || db.versions.knowsSchema() {
		return nil
	}
	db.learning.Lock() // of two who learn, the second would take the versions away that the rows of the first have
	defer db.learning.Unlock()
	if db.versions.knowsSchema() {
		return nil
	}
	asOf := db.versions.outside.any.Load() // it may be migrated meanwhile: then the next one reads it again
	const query = `WITH tables AS (
			SELECT oid, relname FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace)
		SELECT 'table', relname FROM tables
		UNION ALL SELECT 'trigger', tgname FROM pg_trigger JOIN tables ON tables.oid = tgrelid WHERE NOT tgisinternal
		UNION ALL SELECT 'trigger', rulename FROM pg_rewrite JOIN tables ON tables.oid = ev_class
		UNION ALL SELECT 'trigger', conname FROM pg_constraint JOIN tables ON tables.oid = conrelid
			WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))`
	schema, err := Select(ctx, &Tx{Statements: &one{ctx: ctx, pool: db.reader, engine: db.engine}}, "table", func(row Row) (of object, err error) {
		err = row.Scan(&of.kind, &of.name)
		return of, err
	}, query)
	if err != nil {
		return translate(ctx, fmt.Errorf("reading the tables: %w", err))
	}
	db.versions.learnAsOf(schema, asOf)
	return nil
}

// Forget removes what all programs have long been told of changed rows on PostgreSQL: what was visible when Forget was called toldRetention ago. Call it
// every few seconds. Several programs may.
func (db *DB) Forget(ctx context.Context) error {
	if db.engine != PostgreSQL {
		return nil
	}
	if err := db.cache.invalidation.trim(ctx, time.Now); err != nil {
		return translate(ctx, fmt.Errorf("removing what was told of changed rows: %w", err))
	}
	return nil
}

// mark is a number of a transaction and a time at which all before it had ended.
type mark struct {
	at    time.Time
	first string
}

// The statements of trim. Numbers that were not given out yet are of another server, from whose dump the store was restored. A floor that another program has
// moved meanwhile looks like one to the snapshot of this one, but not in its subselect. removeTold removes up to removedAtOnce rows and returns how many, and the last
// number.
const (
	moveFloor = `UPDATE changed_rows_floor SET xid = CAST($1::text AS xid8) WHERE xid < CAST($1::text AS xid8)
		OR xid >= pg_snapshot_xmax(pg_current_snapshot()) AND xid = (SELECT xid FROM changed_rows_floor)`
	removeTold = `WITH gone AS (DELETE FROM changed_rows WHERE ctid = ANY (ARRAY(SELECT ctid FROM changed_rows
			WHERE xid >= CAST($1::text AS xid8) AND xid < CAST($2::text AS xid8) ORDER BY xid LIMIT 10000 FOR UPDATE SKIP LOCKED)) RETURNING xid)
		SELECT count(*), COALESCE((SELECT xid::text FROM gone ORDER BY xid DESC LIMIT 1), $1::text) FROM gone`
	removedAtOnce = 10000
	mostRemovals  = 50 // in a call; the next one is near
	removeForeign = `DELETE FROM changed_rows WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`
)

// trim removes rows that have been visible for toldRetention.
func (i *invalidation) trim(ctx context.Context, now func() time.Time) error {
	i.trimming.Lock()
	defer i.trimming.Unlock()
	if err := i.db.checkFit(ctx); err != nil {
		return err
	}
	var last mark
	var server string
	if err := i.db.writer.QueryRowContext(ctx, `SELECT `+thisServer+`, pg_snapshot_xmin(pg_current_snapshot())::text`).Scan(&server, &last.first); err != nil {
		return err
	}
	if server != i.server {
		i.server, i.marks, i.removed = server, nil, "0"
	}
	last.at = now()
	i.marks = append(i.marks, last)
	old := 0
	for old < len(i.marks) && last.at.Sub(i.marks[old].at) >= i.retention {
		old++
	}
	if old == 0 {
		return nil
	}
	until := i.marks[old-1].first
	if _, err := i.db.writer.ExecContext(ctx, moveFloor, until); err != nil {
		return err
	}
	i.marks = i.marks[old:]
	for range mostRemovals {
		var rows int
		if err := i.db.writer.QueryRowContext(ctx, removeTold, i.removed, until).Scan(&rows, &i.removed); err != nil {
			return err
		}
		if rows < removedAtOnce {
			i.removed = until
			break
		}
	}
	_, err := i.db.writer.ExecContext(ctx, removeForeign)
	return err
}
