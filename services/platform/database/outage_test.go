package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// cutAll terminates all other connections to the database of a transaction.
const cutAll = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// cutOwn terminates the connection on which it runs.
const cutOwn = `SELECT pg_terminate_backend(pg_backend_pid())`

func TestWriteRetriesAfterConnectionLoss(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', 'a', 1)`); err != nil {
			return err
		}
		if tries++; tries > 2 {
			return nil
		}
		_, err := tx.ExecContext(ctx, cutOwn)
		return err
	})
	if err != nil || tries != 3 || count(t, db) != 1 {
		t.Errorf("after %d attempts: %v, %d rows", tries, err, count(t, db))
	}
}

func TestWriteSkipsCutPooledConnections(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	for round := range 5 {
		fillPool(t, db)
		exec(t, db, cutAll)
		if got := count(t, db); got != 0 {
			t.Errorf("round %d: got %d rows", round, got)
		}
	}
}

// fillPool opens several pooled connections, which are idle afterwards.
func fillPool(t *testing.T, db *database.DB) {
	t.Helper()
	const connections = 8
	inside, leave, left := make(chan struct{}), make(chan struct{}), make(chan error)
	for range connections {
		go func() {
			left <- db.Read(t.Context(), func(context.Context, *database.Tx) error {
				inside <- struct{}{}
				<-leave
				return nil
			})
		}()
	}
	for range connections {
		<-inside
	}
	close(leave)
	for range connections {
		if err := <-left; err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectionLossDuringCommitIsUncertain(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	exec(t, db, `CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`)
	exec(t, db, `CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON counters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()`)
	tries := 0
	err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		tries++
		_, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', 'a', 1)`)
		return err
	})
	if known, ok := fault.As(err); !ok || known.Kind != fault.Unavailable || known.Reason != "COMMIT_UNCERTAIN" || tries != 1 {
		t.Errorf("after %d attempts: %v", tries, err)
	}
}

func TestServerOutageIsReportedAtOnceAndRecovers(t *testing.T) {
	cluster, err := databasetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Remove(); err != nil {
			t.Error(err)
		}
	})
	db := databasetest.Open(t, cluster.Database(t), counters)
	for name, end := range map[string]func() error{"stopped": cluster.Stop, "killed": cluster.Kill} {
		fillPool(t, db)
		if err := end(); err != nil {
			t.Fatal(err)
		}
		nothing := func(context.Context, *database.Tx) error { return nil }
		for what, do := range map[string]func() error{
			"write": func() error { return db.Write(t.Context(), nothing) },
			"read":  func() error { return db.Read(t.Context(), nothing) },
			"ready": func() error { return db.Ready(t.Context()) },
		} {
			started := time.Now()
			if err := do(); !errors.Is(err, fault.Unavailable) {
				t.Errorf("%s: %s: %v", name, what, err)
			}
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("%s: %s took %v", name, what, took)
			}
		}
		if err := cluster.Start(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Write(t.Context(), nothing), db.Read(t.Context(), nothing), db.Ready(t.Context())); err != nil {
			t.Errorf("%s and restarted: %v", name, err)
		}
	}
}

func TestLockTimeoutIsStoreBusy(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL)+"&lock_timeout=50", counters)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
	update := func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE counters SET value = value + 1`)
		return err
	}
	err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		if err := update(ctx, tx); err != nil {
			return err
		}
		err := db.Write(ctx, update)
		if known, ok := fault.As(err); !ok || known.Kind != fault.Unavailable || known.Reason != "STORE_BUSY" {
			t.Errorf("the second writer: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
