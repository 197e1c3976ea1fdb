package databasetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Migrated returns the URL of a fresh store that has been migrated. Stores are copies of one that
// is migrated once per test binary, which takes a tenth of the time.
func Migrated(t testing.TB, engine database.Engine, migrations fs.FS) string {
	t.Helper()
	return copied(t, engine, migrations, "")
}

// MigratedInSpanish is like Migrated with a PostgreSQL database that has a Spanish collation instead of byte order.
func MigratedInSpanish(t testing.TB, migrations fs.FS) string {
	t.Helper()
	return copied(t, database.PostgreSQL, migrations, " TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'es'")
}

// copied returns the URL of a copy of the model for an engine, migrations and options of the PostgreSQL database.
func copied(t testing.TB, engine database.Engine, migrations fs.FS, options string) string {
	t.Helper()
	model, err := modelOf(engine, migrations, options)
	if err != nil {
		t.Fatalf("making a migrated store: %v", err)
	}
	if engine == database.SQLite {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, model.file, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + path
	}
	url := Postgres(t).create(t, " STRATEGY FILE_COPY TEMPLATE "+model.database) // a third of the time of copying through the log
	if measures() {
		return url
	}
	return url + "&pool_max_conns=4" // each connection costs the server as much processor time as a hundred statements
}

// model is a migrated store to copy: the bytes of a SQLite file, or the name of a database in the
// shared cluster.
type model struct {
	file     []byte
	database string
}

var models struct {
	sync.Mutex
	made map[string]model
}

// modelOf returns the model for an engine, migrations and options, and creates it on first use.
func modelOf(engine database.Engine, migrations fs.FS, options string) (model, error) {
	digest, err := digestOf(migrations)
	if err != nil {
		return model{}, err
	}
	models.Lock()
	defer models.Unlock()
	key := fmt.Sprintf("%s%s %T %s", engine, options, migrations, digest) // the type distinguishes migrations with Go steps
	if made, found := models.made[key]; found {
		return made, nil
	}
	made, err := makeModel(engine, migrations, options)
	if err != nil {
		return model{}, err
	}
	if models.made == nil {
		models.made = map[string]model{}
	}
	models.made[key] = made
	return made, nil
}

func makeModel(engine database.Engine, migrations fs.FS, options string) (model, error) {
	if engine == database.SQLite {
		folder, err := os.MkdirTemp("", "continuo-model-")
		if err != nil {
			return model{}, err
		}
		defer func() { _ = os.RemoveAll(folder) }() // best effort
		path := filepath.Join(folder, "store.db")
		if err := migrate("sqlite:"+path, migrations); err != nil {
			return model{}, err
		}
		file, err := os.ReadFile(path)
		return model{file: file}, err
	}
	cluster, err := sharedCluster()
	if err != nil {
		return model{}, err
	}
	name, err := cluster.createDatabase(options)
	if err != nil {
		return model{}, err
	}
	return model{database: name}, migrate(cluster.url(name), migrations)
}

func migrate(url string, migrations fs.FS) error {
	ctx := context.Background()
	db, err := database.Open(ctx, url, migrations)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// digestOf returns a digest of the migrations.
func digestOf(migrations fs.FS) (string, error) {
	var text strings.Builder
	err := fs.WalkDir(migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations, path)
		fmt.Fprintf(&text, "%s %x\n", path, sha256.Sum256(content))
		return err
	})
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text.String()))), err
}
