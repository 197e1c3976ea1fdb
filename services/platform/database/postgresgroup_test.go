package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// insertLater is insert, sent with what follows.
func insertLater(ctx context.Context, tx *database.Tx, n int) error {
	_, err := tx.Later(plain).ExecContext(ctx, `INSERT INTO numbers VALUES (1, $1, 1)`, n)
	return err
}

// readNumbers sends what was not sent yet.
func readNumbers(ctx context.Context, tx *database.Tx) error {
	var rows int
	return tx.QueryRowContext(ctx, `SELECT count(*) FROM numbers`).Scan(&rows)
}

// TestPoisonedMemberOnPostgreSQL has one among sixty members of a group fail. Nothing of it is kept, it gets its own error, and all
// others are kept: in the same commit if it had sent no change.
func TestPoisonedMemberOnPostgreSQL(t *testing.T) {
	for name, c := range map[string]struct {
		poison func(context.Context, *database.Tx) error
		want   error
		alone  bool
	}{
		"refused at once":        {func(context.Context, *database.Tx) error { return errRefused }, errRefused, true},
		"panics":                 {func(context.Context, *database.Tx) error { panic(errRefused) }, errRefused, true},
		"refused after a change": {func(ctx context.Context, tx *database.Tx) error { return errors.Join(readNumbers(ctx, tx), errRefused) }, errRefused, false},
		"refused after a COPY": {func(ctx context.Context, tx *database.Tx) error {
			return errors.Join(tx.InsertAll(ctx, "numbers", []string{"a", "b", "c"}, [][]any{{1, 1001, 1}}), errRefused)
		}, errRefused, false},
		"panics after a change": {func(ctx context.Context, tx *database.Tx) error {
			if err := readNumbers(ctx, tx); err != nil {
				return err
			}
			panic(errRefused)
		}, errRefused, false},
		"duplicate, found by itself":   {func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1000) }, database.ErrUnique, false},
		"duplicate, found by the next": {func(ctx context.Context, tx *database.Tx) error { return insertLater(ctx, tx, 1000) }, database.ErrUnique, false},
		"ignores an error": {func(ctx context.Context, tx *database.Tx) error {
			if err := insert(ctx, tx, 1000); err == nil {
				return errors.New("a duplicate was inserted")
			}
			return errRefused
		}, errRefused, false},
	} {
		t.Run(name, func(t *testing.T) {
			db, sizes := openGroupedOn(t, database.PostgreSQL)
			var do []func(context.Context, *database.Tx) error
			for n := range 60 {
				do = append(do, func(ctx context.Context, tx *database.Tx) error {
					return errors.Join(readNumbers(ctx, tx), insertLater(ctx, tx, n))
				})
			}
			do[30] = func(ctx context.Context, tx *database.Tx) error {
				if err := insertLater(ctx, tx, 1000); err != nil {
					return err
				}
				return c.poison(ctx, tx)
			}
			errs := together(t, db, do...)
			if !errors.Is(errs[30], c.want) {
				t.Errorf("the poisoned one: %v", errs[30])
			}
			errs[30] = nil
			if err := errors.Join(errs...); err != nil {
				t.Errorf("the others: %v", err)
			}
			if (len(*sizes) == 1) != c.alone || number(t, db, `SELECT count(*) FROM numbers`) != 59 || number(t, db, `SELECT count(*) FROM numbers WHERE b = 1000`) != 0 {
				t.Errorf("groups of %v; %d rows", *sizes, number(t, db, `SELECT count(*) FROM numbers`))
			}
		})
	}
}

// TestFailedCommitOnPostgreSQL breaks a constraint that the server checks at the commit. Each runs again, alone.
func TestFailedCommitOnPostgreSQL(t *testing.T) {
	db, _ := openGroupedOn(t, database.PostgreSQL)
	exec(t, db, `CREATE TABLE known (number BIGINT PRIMARY KEY)`)
	exec(t, db, `CREATE TABLE owned (number BIGINT NOT NULL REFERENCES known DEFERRABLE INITIALLY DEFERRED)`)
	small := func(ctx context.Context, tx *database.Tx) error { return insertLater(ctx, tx, 1) }
	errs := together(t, db, small,
		func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.Later(plain).ExecContext(ctx, `INSERT INTO owned VALUES ($1)`, 77)
			return err
		},
		func(context.Context, *database.Tx) error { return errRefused })
	if errs[0] != nil || !database.IsReference(errs[1]) || !errors.Is(errs[2], errRefused) || errs[3] != nil {
		t.Errorf("got %v", errs)
	}
	if got := number(t, db, `SELECT count(*) FROM numbers`); got != 1 || number(t, db, `SELECT count(*) FROM owned`) != 0 {
		t.Errorf("%d rows are kept, want 1", got)
	}
}

// TestLostGroups has the server end the connection of a group: in a member, when all run again, and during the commit, when it is
// uncertain for all whether their changes were made.
func TestLostGroups(t *testing.T) {
	t.Run("before the commit", func(t *testing.T) {
		db, _ := openGroupedOn(t, database.PostgreSQL)
		var do []func(context.Context, *database.Tx) error
		for n := range 20 {
			do = append(do, func(ctx context.Context, tx *database.Tx) error { return insertLater(ctx, tx, n) })
		}
		first := true
		do[10] = func(ctx context.Context, tx *database.Tx) error {
			if err := insertLater(ctx, tx, 10); err != nil || !first {
				return err
			}
			first = false
			_, err := tx.ExecContext(ctx, cutOwn)
			return err
		}
		if err := errors.Join(together(t, db, do...)...); err != nil {
			t.Error(err)
		}
		if got := number(t, db, `SELECT count(*) FROM numbers`); got != 20 {
			t.Errorf("%d rows, want 20", got)
		}
	})
	t.Run("during the commit", func(t *testing.T) {
		db, _ := openGroupedOn(t, database.PostgreSQL)
		exec(t, db, `CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`)
		exec(t, db, `CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()`)
		runs := 0
		do := func(ctx context.Context, tx *database.Tx) error {
			runs++
			return insertLater(ctx, tx, runs)
		}
		for n, err := range together(t, db, do, do, do) {
			if known, ok := fault.As(err); !ok || known.Reason != "COMMIT_UNCERTAIN" {
				t.Errorf("transaction %d: %v", n, err)
			}
		}
		if runs != 3 || number(t, db, `SELECT count(*) FROM numbers`) != 0 {
			t.Errorf("%d runs, %d rows", runs, number(t, db, `SELECT count(*) FROM numbers`))
		}
	})
}

// TestCallerThatGivesUpInAStatement has a caller leave while its statement waits for long. The others of its group are kept.
func TestCallerThatGivesUpInAStatement(t *testing.T) {
	db, _ := openGroupedOn(t, database.PostgreSQL)
	own, leave := context.WithCancel(joining(t.Context()))
	defer leave()
	release := occupy(db)
	var errs [3]error
	var group sync.WaitGroup
	for n, ctx := range []context.Context{joining(t.Context()), own, joining(t.Context())} {
		group.Go(func() {
			errs[n] = db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				if n == 1 {
					leave()
					return tx.QueryRowContext(ctx, `SELECT 1 FROM (SELECT pg_sleep(20)) AS slept`).Scan(new(int))
				}
				return insertLater(ctx, tx, n)
			})
		})
		awaitQueued(t, db, n+1)
	}
	began := time.Now()
	err := release()
	group.Wait()
	if !errors.Is(errs[1], context.Canceled) || time.Since(began) > 15*time.Second {
		t.Errorf("the one that gave up: %v after %v", errs[1], time.Since(began))
	}
	if err := errors.Join(err, errs[0], errs[2]); err != nil || number(t, db, `SELECT count(*) FROM numbers`) != 2 {
		t.Errorf("the others: %v, %d rows", err, number(t, db, `SELECT count(*) FROM numbers`))
	}
}

// TestGroupsOfReplicas has the groups of two replicas change the same rows, after reading them.
func TestGroupsOfReplicas(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, counters)
	replicas := []*database.DB{databasetest.Open(t, url, counters), databasetest.Open(t, url, counters)}
	const rows, callers, changes = 4, 16, 10
	for row := range rows {
		exec(t, replicas[0], fmt.Sprintf(`INSERT INTO counters VALUES ('t', '%d', 0)`, row))
	}
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			name := fmt.Sprint(caller % rows)
			for range changes {
				if err := replicas[caller/rows%2].Write(database.InTurn(t.Context(), name), func(ctx context.Context, tx *database.Tx) error {
					var value int
					if err := tx.QueryRowContext(ctx, readCounter, name).Scan(&value); err != nil {
						return err
					}
					_, err := tx.Later(plain).ExecContext(ctx, `UPDATE counters SET value = $2 WHERE name = $1`, name, value+1)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := number(t, replicas[0], `SELECT sum(value) FROM counters`); got != callers*changes {
		t.Errorf("the values add up to %d, want %d", got, callers*changes)
	}
}

// TestGroupsOnPostgreSQLEqualSerialExecution is TestGroupsEqualSerialExecution for PostgreSQL, where those of a group that fails run again
// in any order: those that were kept must be a chain, in which each read what the one before had written.
func TestGroupsOnPostgreSQLEqualSerialExecution(t *testing.T) {
	db, _ := openGroupedOn(t, database.PostgreSQL)
	checks := 0
	rapid.Check(t, func(r *rapid.T) {
		checks++
		name := fmt.Sprint(checks)
		exec(t, db, fmt.Sprintf(`INSERT INTO counters VALUES ('t', '%s', 1)`, name))
		ends := rapid.SliceOfN(rapid.IntRange(0, losesCaller), 1, 12).Draw(r, "endings")
		sent := rapid.SliceOfN(rapid.Bool(), len(ends), len(ends)).Draw(r, "sent")
		var do []func(context.Context, *database.Tx) error
		for n, ending := range ends {
			do = append(do, func(ctx context.Context, tx *database.Tx) error {
				var value int64
				if err := tx.QueryRowContext(ctx, readCounter, name).Scan(&value); err != nil {
					return err
				}
				later := tx.Later(plain)
				if _, err := later.ExecContext(ctx, `UPDATE counters SET value = $2 WHERE name = $1`, name, next(value, n)); err != nil {
					return err
				}
				if _, err := later.ExecContext(ctx, `INSERT INTO numbers VALUES ($1, $2, $3)`, checks, checks*1000+n, value); err != nil {
					return err
				}
				if sent[n] {
					if err := readNumbers(ctx, tx); err != nil {
						return err
					}
				}
				switch ending {
				case refuses:
					return errRefused
				case panics:
					panic(errRefused)
				case breaksKey:
					return insertLater(ctx, tx, checks*1000+n)
				case losesCaller:
					return context.Canceled
				}
				return nil
			})
		}
		errs := together(t, db, do...)
		kept := map[int64]int{} // by what they read
		if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := database.Select(ctx, tx, "number", func(row database.Row) (n int, err error) {
				var read int64
				err = row.Scan(&n, &read)
				kept[read] = n - checks*1000
				return n, err
			}, `SELECT b, c FROM numbers WHERE a = $1`, checks)
			return err
		}); err != nil {
			r.Fatal(err)
		}
		value, count := int64(1), 0
		for n, known := kept[value]; known; n, known = kept[value] {
			if value, count = next(value, n), count+1; ends[n] != keeps || errs[n] != nil {
				r.Errorf("transaction %d is kept, with error %v", n, errs[n])
			}
		}
		want := 0
		for n, ending := range ends {
			if ending == keeps {
				want++
			} else if errs[n] == nil {
				r.Errorf("transaction %d should have failed", n)
			}
		}
		if got := number(t, db, fmt.Sprintf(`SELECT value FROM counters WHERE name = '%s'`, name)); int64(got) != value || count != want || len(kept) != want {
			r.Errorf("the value is %d, want %d; a chain of %d of %d, want %d", got, value, count, len(kept), want)
		}
	})
}
