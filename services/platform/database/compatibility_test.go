package database_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// with returns the migrations of counters and others.
func with(more map[string]string) fs.FS {
	files := maps.Clone(counters)
	for name, text := range more {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

const (
	additive = "-- +goose Up\n-- oldest program: 00100\nALTER TABLE counters ADD COLUMN note TEXT;\n"
	breaking = "-- +goose Up\nALTER TABLE counters DROP COLUMN note;\n"
)

func add(ctx context.Context, tx *database.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO counters (tenant, name, value) SELECT 't', 'c' || count(*), 1 FROM counters`)
	return err
}

// openUnmigrated opens a store as it is.
func openUnmigrated(t *testing.T, url string, migrations fs.FS) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestMissingMigrationsSayWhoCanWorkAfterThem lists the migrations of a program that is newer than the store.
func TestMissingMigrationsSayWhoCanWorkAfterThem(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	next := openUnmigrated(t, url, with(map[string]string{"00101_note.sql": additive, "00102_no_note.sql": breaking}))
	states, err := next.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing := map[int64]int64{}
	for _, state := range states {
		if !state.Applied {
			missing[state.Version] = state.Oldest
		}
	}
	if want := map[int64]int64{101: 100, 102: 102}; !maps.Equal(missing, want) {
		t.Errorf("got %v, want %v", missing, want)
	}
}

func nothing(context.Context, *database.Tx) error { return nil }

// TestRollingUpgrade migrates a store below a program that goes on working, until a migration excludes it.
func TestRollingUpgrade(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.Migrated(t, engine, counters)
			old := openUnmigrated(t, url, counters)
			work, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			var working sync.WaitGroup
			working.Go(func() {
				for work.Err() == nil {
					if err := old.Write(context.Background(), add); err != nil {
						t.Errorf("a call on the newer schema: got %v", err)
						return
					}
				}
			})
			newer := openUnmigrated(t, url, with(map[string]string{"00101_note.sql": additive}))
			if err := newer.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "run `continuo migrate up`") {
				t.Errorf("the newer program before the migration: got %v", err)
			}
			if err := errors.Join(newer.Migrate(t.Context()), newer.Write(t.Context(), add), old.Ready(t.Context()), old.Migrate(t.Context())); err != nil {
				t.Error(err)
			}
			if got, err := old.Range(t.Context()); err != nil || got != (database.Range{Oldest: 100, Newest: 101}) {
				t.Errorf("the range: got %v, %v", got, err)
			}
			stop()
			working.Wait()

			next := openUnmigrated(t, url, with(map[string]string{"00101_note.sql": additive, "00102_no_note.sql": breaking}))
			if err := next.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1100 * time.Millisecond) // programs look at the schema every second
			for what, do := range map[string]func(context.Context, func(context.Context, *database.Tx) error) error{
				"write": old.Write, "guarded write": old.WriteGuarded, "read": old.Read, "read of one statement": old.ReadOne,
			} {
				if err := do(t.Context(), nothing); !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "schema is at version 102") {
					t.Errorf("%s outside of the range: got %v", what, err)
				}
			}
			if err := old.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer than this program's 100") {
				t.Errorf("migrating with the old program: got %v", err)
			}
		})
	}
}

func TestUnmigratedStoreIsUnavailable(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		db := openUnmigrated(t, databasetest.URL(t, engine), counters)
		if err := db.Read(t.Context(), nothing); !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "run `continuo migrate up`") {
			t.Errorf("%s: got %v", engine, err)
		}
		if err := errors.Join(db.Migrate(t.Context()), db.Write(t.Context(), add)); err != nil {
			t.Errorf("%s, right after the migration: got %v", engine, err)
		}
	}
}
