package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// TestRoundTrips counts those of transactions on PostgreSQL.
func TestRoundTrips(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.URL(t, database.PostgreSQL))
	for mode, want := range map[string]int64{"": 2, "&default_query_exec_mode=exec": 2} {
		db := databasetest.Open(t, url+mode, counters)
		exec(t, db, `DELETE FROM counters`)
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0), ('t', 'b', 0)`)
		read := func(ctx context.Context, tx *database.Tx) (value int, err error) {
			for _, name := range []string{"a", "b", "a"} {
				err = errors.Join(err, tx.QueryRowContext(ctx, readCounter, name).Scan(&value))
			}
			return value, err
		}
		got := trips.Least(func() {
			if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				tx.Ahead(ctx, func(ctx context.Context) { _, _ = read(ctx, tx) })
				before, err := read(ctx, tx)
				if err != nil {
					return err
				}
				for range 3 {
					if _, err := tx.LaterOne(plain).ExecContext(ctx, bumpCounter, "a"); err != nil {
						return err
					}
				}
				if before < 30 {
					return nil
				}
				after, err := read(ctx, tx) // what was announced does not hold any more
				if after != before+3 {
					t.Errorf("%d, and then %d", before, after)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
		if got != want {
			t.Errorf("%s: got %d round trips, want %d", mode, got, want)
		}
	}
}

// TestLaterCollides has two transactions read what the other one writes, which is a collision though they
// write different rows, and two that write the same row. The second must read what the first wrote.
func TestLaterCollides(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	for name, writes := range map[string][2]string{"different rows": {"a", "b"}, "the same row": {"a", "a"}} {
		exec(t, db, `DELETE FROM counters`)
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0), ('t', 'b', 0)`)
		var both sync.WaitGroup // at the first attempt both have read before one writes
		both.Add(2)
		var group sync.WaitGroup
		for _, written := range writes {
			group.Go(func() {
				tries := 0
				if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
					var sum int
					if err := tx.QueryRowContext(ctx, `SELECT sum(value) FROM counters`).Scan(&sum); err != nil {
						return err
					}
					if tries++; tries == 1 {
						both.Done()
						both.Wait()
					}
					_, err := tx.LaterOne(plain).ExecContext(ctx, `UPDATE counters SET value = $1 WHERE name = $2`, sum+1, written)
					return err
				}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		group.Wait()
		if got := most(t, db); got != 2 {
			t.Errorf("%s: got %d, want 2, as one after the other", name, got)
		}
	}
}

func most(t *testing.T, db *database.DB) (value int) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT max(value) FROM counters`).Scan(&value)
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestLostAnswers loses the answer to the writes and the COMMIT, and that to a read.
func TestLostAnswers(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.URL(t, database.PostgreSQL))
	db := databasetest.Open(t, url, counters)
	tries := 0
	write := func(name string, lose func(at int)) error {
		tries = 0
		return db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			tries++
			lose(0)
			var value int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(&value); err != nil {
				return err
			}
			err := addLater(ctx, tx, name, 0)
			lose(1)
			return err
		})
	}
	if err := write("a", func(int) {}); err != nil { // prepares the statements
		t.Fatal(err)
	}
	err := write("b", func(at int) {
		if at == 1 {
			trips.LoseAnswer()
		}
	})
	if known, ok := fault.As(err); !ok || known.Reason != "COMMIT_UNCERTAIN" || tries != 1 || names(t, db) != "a b" {
		t.Errorf("the answer to the COMMIT was lost: %d attempts, %v, %s", tries, err, names(t, db))
	}
	err = write("c", func(at int) {
		if at == 0 && tries == 1 {
			trips.LoseAnswer()
		}
	})
	if err != nil || tries != 2 || names(t, db) != "a b c" {
		t.Errorf("the answer to BEGIN was lost: %d attempts, %v, %s", tries, err, names(t, db))
	}
}

// TestLossBeforeTheCommitIsRetried ends the connection in a statement that was sent with the COMMIT.
func TestLossBeforeTheCommitIsRetried(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	exec(t, db, `CREATE SEQUENCE cuts`)
	exec(t, db, `CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN IF nextval(''cuts'') <= 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END'`)
	exec(t, db, `CREATE TRIGGER cut AFTER INSERT ON counters FOR EACH ROW EXECUTE FUNCTION cut()`)
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		tries++
		if _, err := tx.ExecContext(ctx, `DELETE FROM counters`); err != nil {
			return err
		}
		return addLater(ctx, tx, "a", 0)
	})
	if err != nil || tries != 3 || names(t, db) != "a" {
		t.Errorf("after %d attempts: %v, %s", tries, err, names(t, db))
	}
}

// TestSavepointKeepsWhatWasWrittenBefore rolls back to a savepoint between statements that may wait.
func TestSavepointKeepsWhatWasWrittenBefore(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		run := func(text string) {
			_, execErr := tx.ExecContext(ctx, text)
			err = errors.Join(err, execErr)
		}
		err = addLater(ctx, tx, "a", 0)
		run(`SAVEPOINT here`)
		err = errors.Join(err, addLater(ctx, tx, "b", 0))
		run(`ROLLBACK TO here`)
		return errors.Join(err, addLater(ctx, tx, "c", 0))
	}); err != nil || names(t, db) != "a c" {
		t.Errorf("got %s, %v", names(t, db), err)
	}
}

// TestCommitAfterTheEnd ends the context of a transaction before its COMMIT. database/sql then rolls back by itself, some time
// later.
func TestCommitAfterTheEnd(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		for _, later := range []time.Duration{0, 50 * time.Millisecond} {
			t.Run(fmt.Sprint(engine, later), func(t *testing.T) {
				db := databasetest.Open(t, databasetest.URL(t, engine), counters)
				ctx, cancel := context.WithCancel(database.Long(t.Context()))
				if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
					err := addLater(ctx, tx, "b", 0)
					cancel()
					time.Sleep(later)
					return err
				}); !errors.Is(err, context.Canceled) || names(t, db) != "" {
					t.Errorf("got %v, %s", err, names(t, db))
				}
			})
		}
	}
}

// TestEndedContextsLeaveNothing ends the context of a transaction while its last statements wait for a lock.
func TestEndedContextsLeaveNothing(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
	err := db.Write(t.Context(), func(locking context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(locking, bumpCounter, "a"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.LaterOne(plain).ExecContext(ctx, bumpCounter, "a")
			return errors.Join(err, addLater(ctx, tx, "c", 0))
		}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended while it waits: got %v", err)
		}
		return nil
	})
	if err != nil || names(t, db) != "a" || most(t, db) != 1 {
		t.Errorf("got %v, %s, %d", err, names(t, db), most(t, db))
	}
}

// TestForgottenStatements has the server forget what was prepared, as a pooler that gives each transaction
// another of its connections.
func TestForgottenStatements(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
	for range 3 {
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			var value int
			if err := tx.QueryRowContext(ctx, readCounter, "a").Scan(&value); err != nil {
				return err
			}
			_, err := tx.LaterOne(plain).ExecContext(ctx, bumpCounter, "a")
			return err
		}); err != nil {
			t.Error(err)
		}
		exec(t, db, `DEALLOCATE ALL`)
	}
	if most(t, db) != 3 {
		t.Errorf("got %d changes, want 3", most(t, db))
	}
}
