package database_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestRestoredStoreHasNumbersOfAnotherServer has rows and a floor with numbers that the server has not given out yet, as after the restore of a dump.
func TestRestoredStoreHasNumbersOfAnotherServer(t *testing.T) {
	programs, ran := openPrograms(t, 2), 0
	exec(t, programs[0], `INSERT INTO counters VALUES ('t', 'a', 0)`)
	for _, statement := range []string{
		`INSERT INTO changed_rows SELECT (pg_current_xact_id()::text::bigint + n)::text::xid8, 'counters' FROM generate_series(1, 300) n`,
		`UPDATE changed_rows_floor SET xid = (pg_current_xact_id()::text::bigint + 300)::text::xid8`,
	} {
		exec(t, programs[0], statement)
	}
	for n := range int64(5) {
		must(t, programs[1].Write(t.Context(), executing(`UPDATE counters SET value = value + 1`)))
		must(t, programs[1].WriteGuarded(t.Context(), executing(`UPDATE counters SET value = value + 1`)))
		if got := readsRow(t, programs[0], "a", &ran); got != 2*n+2 {
			t.Errorf("got %d, want %d", got, 2*n+2)
		}
	}
	programs[1].SetInvalidation(time.Hour, 0, time.Hour, 0)
	must(t, programs[1].Forget(t.Context()))
	readsRow(t, programs[0], "a", &ran)
	readsRow(t, programs[0], "a", &ran)
	ran = 0
	if readsRow(t, programs[0], "a", &ran); ran != 0 {
		t.Error("nothing is found in memory afterwards")
	}
}

// TestForgetRemovesWhatAllHaveBeenTold has a program remove what was visible at an earlier call for long enough, and keep what was committed since.
func TestForgetRemovesWhatAllHaveBeenTold(t *testing.T) {
	programs := openPrograms(t, 1)
	db := programs[0]
	told := func() (words []string) {
		must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
			words, err = database.Select(ctx, tx, "word", func(row database.Row) (word string, err error) {
				err = row.Scan(&word)
				return word, err
			}, `SELECT what FROM changed_rows ORDER BY what`)
			return err
		}))
		return words
	}
	began := time.Now()
	forget := func(after time.Duration) { must(t, db.ForgetAt(t.Context(), began.Add(after))) }
	exec(t, db, `DELETE FROM changed_rows WHERE xid = '0'`) // what migration 8 has filled its pages with
	exec(t, db, `DELETE FROM numbers`)
	end := slowly(t, db, `INSERT INTO counters VALUES ('t', 'slow', 1)`)
	forget(0)
	exec(t, db, `UPDATE counters SET value = (SELECT max(a) FROM numbers)`)
	end()
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{time.Hour - 1, []string{"changed_rows", "counters", "counters numbers", "numbers"}},
		{time.Hour, []string{"counters", "counters numbers"}},
		{2*time.Hour - 2, []string{"counters", "counters numbers"}},
		{2*time.Hour - 1, nil},
	} {
		forget(step.after)
		if got := told(); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %q, want %q", step.after, got, step.want)
		}
	}
}

// TestFloorIsNotMovedDown has a program move the floor while another one has moved it further and not committed.
func TestFloorIsNotMovedDown(t *testing.T) {
	db := openPrograms(t, 1)[0]
	before := slowly(t, db, `UPDATE changed_rows_floor SET xid = '3'`)
	before()
	end := slowly(t, db, `UPDATE changed_rows_floor SET xid = pg_current_xact_id()`) // as if it had removed all before itself
	moved := make(chan error)
	go func() { moved <- db.MoveFloor(t.Context(), "4") }()
	began := time.Now()
	for waits := false; !waits; {
		if time.Since(began) > 30*time.Second {
			t.Fatal("nobody waits for the floor")
		}
		must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')`).Scan(&waits)
		}))
	}
	end()
	must(t, <-moved)
	var isKept bool
	must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT xid > '4' FROM changed_rows_floor`).Scan(&isKept)
	}))
	if !isKept {
		t.Error("the floor has been moved down")
	}
}

// TestQuestionUsesTheIndex has PostgreSQL plan the question while there is nothing to tell, and asks after there is much.
func TestQuestionUsesTheIndex(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, counters)
	hand, err := sql.Open("pgx", strings.Split(url, "&pool_max_conns=")[0]+"&default_query_exec_mode=simple_protocol")
	must(t, err)
	defer func() { must(t, hand.Close()) }()
	hand.SetMaxOpenConns(1)
	run := func(statement string) {
		_, err := hand.Exec(statement)
		must(t, err)
	}
	run(`DELETE FROM changed_rows`)
	run(`VACUUM ANALYZE changed_rows`)
	run(`PREPARE question (text, text, text) AS ` + database.AskChanged)
	for range 7 {
		run(`EXECUTE question ('900', '', '900')`)
	}
	run(`INSERT INTO changed_rows SELECT n::text::xid8, 'counters' FROM generate_series(1, 60000) n`)
	rows, err := hand.Query(`EXPLAIN EXECUTE question ('59999', '', '900')`)
	must(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		must(t, rows.Scan(&line))
		if strings.Contains(line, "Seq Scan on changed_rows ") {
			t.Errorf("the plan has %q", line)
		}
	}
	must(t, rows.Err())
}
