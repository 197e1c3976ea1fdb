package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestMain(m *testing.M) {
	if store := os.Getenv(killedStore); store != "" {
		writeUntilKilled(store)
	}
	os.Exit(databasetest.Main(m))
}

var counters = fstest.MapFS{"00100_counters.sql": {Data: []byte(`-- +goose Up
CREATE TABLE counters (tenant TEXT NOT NULL, name TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (tenant, name));
CREATE TABLE numbers (a BIGINT NOT NULL, b BIGINT PRIMARY KEY, c BIGINT NOT NULL);
`)}}

func TestWriteIsAtomic(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		refused := errors.New("refused")
		err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', 'a', 1)`); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatalf("got %v, want the error of the function", err)
		}
		if got := count(t, db); got != 0 {
			t.Errorf("got %d rows after a failed write, want none", got)
		}
	})
}

func TestWriteCountsEveryConcurrentIncrementOnce(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		const writers, increments = 16, 10
		var group sync.WaitGroup
		var acknowledged sync.Map
		for writer := range writers {
			group.Go(func() {
				for n := range increments {
					err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
						var value int64
						if err := tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = 't' AND name = 'a'`).Scan(&value); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, `UPDATE counters SET value = $1 WHERE tenant = 't' AND name = 'a'`, value+1)
						return err
					})
					if err != nil {
						t.Errorf("write failed: %v", err)
						return
					}
					acknowledged.Store(fmt.Sprint(writer, "/", n), true)
				}
			})
		}
		group.Wait()
		want := int64(0)
		acknowledged.Range(func(any, any) bool { want++; return true })
		var value int64
		err := db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT value FROM counters`).Scan(&value)
		})
		if err != nil || value != want || want == 0 {
			t.Errorf("got %d after %d acknowledged increments (error %v)", value, want, err)
		}
	})
}

func TestEngineErrorsAreTranslated(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', 'a', 1)`)
			return err
		})
		if !errors.Is(err, database.ErrUnique) {
			t.Errorf("duplicate key: got %v, want ErrUnique", err)
		}
		if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE counters SET value = 9`)
			return err
		}); err == nil {
			t.Error("a read transaction must not write")
		}
	})
}

func TestReadyRejectsOtherSchemaVersions(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			ctx := context.Background()
			url := databasetest.URL(t, engine)
			fresh := open(t, url, counters)
			if err := fresh.Ready(ctx); !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "version 0") {
				t.Errorf("empty store: got %v, want a schema version error", err)
			}
			if err := fresh.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if err := fresh.Ready(ctx); err != nil {
				t.Errorf("migrated store: got %v, want ready", err)
			}
			newer := fstest.MapFS{"00100_counters.sql": counters["00100_counters.sql"],
				"00101_more.sql": {Data: []byte("-- +goose Up\nCREATE TABLE more (tenant TEXT PRIMARY KEY);\n")}}
			ahead := open(t, url, newer)
			if err := ahead.Ready(ctx); !errors.Is(err, fault.Unavailable) {
				t.Errorf("older store, newer program: got %v, want a schema version error", err)
			}
			if err := ahead.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if err := fresh.Ready(ctx); !errors.Is(err, fault.Unavailable) {
				t.Errorf("newer store, older program: got %v, want a schema version error", err)
			}
			if err := fresh.Migrate(ctx); !errors.Is(err, fault.FailedPrecondition) {
				t.Errorf("older program migrating a newer store: got %v, want an error", err)
			}
		})
	}
}

func TestMigrateIsSafeConcurrently(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			var group sync.WaitGroup
			for range 3 {
				db := open(t, url, counters)
				group.Go(func() {
					if err := db.Migrate(context.Background()); err != nil {
						t.Errorf("concurrent migration: %v", err)
					}
				})
			}
			group.Wait()
		})
	}
}

func TestUnreachableServerIsUnavailableAndHidesPassword(t *testing.T) {
	db := open(t, "postgres://user:hush@127.0.0.1:1/none?connect_timeout=1", counters)
	err := db.Ready(context.Background())
	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("unreachable server: got %v, want Unavailable", err)
	}
	if err != nil && strings.Contains(err.Error(), "hush") {
		t.Errorf("the error contains the password: %v", err)
	}
	for _, wrong := range []string{"mysql://x", "sqlite:", "", "postgres://user:hush@host:notaport/x", "postgres://user:hush@host/x?pool_max_conns=3"} {
		if _, err := database.Open(context.Background(), wrong, counters); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("opening %q: %v", wrong, err)
		}
	}
}

// TestConnectionsOfTheURL has twenty readers ask at once.
func TestConnectionsOfTheURL(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL)+"&pool_max_conns=5", counters)
	var most atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				var connections int64
				row := tx.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pg_sleep(0.02) IS NOT NULL")
				if err := row.Scan(&connections); err != nil {
					return err
				}
				for seen := most.Load(); connections > seen && !most.CompareAndSwap(seen, connections); seen = most.Load() {
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 5 {
		t.Errorf("%d connections were made, want 5", most.Load())
	}
}

func open(t *testing.T, url string, migrations fstest.MapFS) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), url, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *database.DB, statement string) {
	t.Helper()
	if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB) (rows int) {
	t.Helper()
	if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(&rows)
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}
