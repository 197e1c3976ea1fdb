// Package databasetest provides tests with fresh, migrated stores: a SQLite file, or a database in
// a temporary PostgreSQL cluster that the test binary starts and stops. A missing PostgreSQL server
// fails the test.
package databasetest

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// Each runs a test once for each engine, on a fresh, migrated store.
func Each(t *testing.T, migrations fs.FS, run func(t *testing.T, db *database.DB)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			run(t, Open(t, Migrated(t, engine, migrations), migrations))
		})
	}
}

// URL returns the address of a fresh, empty store. It is removed when the test ends.
func URL(t testing.TB, engine database.Engine) string {
	t.Helper()
	if engine == database.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}
	return Postgres(t).Database(t)
}

// Open opens and migrates a store, and closes it when the test ends. It waits a minute for a connection, unless the URL
// says otherwise, because PostgreSQL may be slow to answer on a busy machine.
func Open(t testing.TB, url string, migrations fs.FS) *database.DB {
	t.Helper()
	ctx := context.Background()
	if strings.Contains(url, "?sslmode=") && !strings.Contains(url, "connect_timeout=") {
		url += "&connect_timeout=60"
	}
	db, err := database.Open(ctx, url, migrations)
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	db.CheckCached(func(err error) { t.Errorf("the cache of the store: %v", err) })
	if file := KeyFile(t, url); file != "" {
		db.SealWith(sealing.File(file))
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	if err := db.Migrate(ctx); err != nil {
		t.Fatalf("migrating the store: %v", err)
	}
	return db
}

// Main runs the tests of a package that uses Each, URL or Postgres, and stops the shared cluster.
// Call it from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	if err := removeKeyFile(); err != nil {
		fmt.Println("removing the sealing key:", err)
		return 1
	}
	if err := stopShared(); err != nil {
		fmt.Println("stopping PostgreSQL:", err)
		return 1
	}
	return code
}
