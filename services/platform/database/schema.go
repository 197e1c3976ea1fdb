package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"testing/fstest"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The platform's own tables; the engines differ in how they number the change feed.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql migrations/shared/*.sql
var platformMigrations embed.FS

// Migrations wait for a concurrent migration with this interval and number of attempts.
const (
	lockPollSeconds = 1
	lockPolls       = 120
)

// schema holds the migrations that a store must have applied.
type schema struct {
	provider *goose.Provider
	version  int64
	// oldest is, for each migration, the oldest program that can work on the schema after it.
	oldest map[int64]int64
}

// MigrationState is a migration and whether the store has applied it.
type MigrationState struct {
	// Version is the number of the migration, Name its file.
	Version int64
	Name    string
	// Applied reports whether the migration has been applied.
	Applied bool
	// Oldest is the oldest program that can work after the migration, by the last migration that it knows.
	Oldest int64
}

func newSchema(db *DB, service fs.FS) (*schema, error) {
	files := fstest.MapFS{}
	for _, source := range []struct {
		fs     fs.FS
		folder string
	}{{platformMigrations, "migrations"}, {service, "."}} {
		if err := collect(files, source.fs, source.folder, db.engine); err != nil {
			return nil, fmt.Errorf("reading migrations: %w", err)
		}
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations(service, db.engine)...),
		// A new platform migration has a lower number than service migrations that were already
		// applied.
		goose.WithAllowOutofOrder(true),
	}
	if db.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPollSeconds, lockPolls))
		if err != nil {
			return nil, fmt.Errorf("preparing the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db.writer, files, options...)
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	sources := provider.ListSources()
	known := &schema{provider: provider, version: sources[len(sources)-1].Version, oldest: map[int64]int64{}}
	for _, one := range sources {
		var text []byte
		if file, ok := files[path.Base(one.Path)]; ok {
			text = file.Data
		}
		if known.oldest[one.Version], err = oldestProgram(one.Version, text); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// collect adds the .sql files below a folder to files, by base name. A folder named after an engine
// applies to that engine only.
func collect(files fstest.MapFS, source fs.FS, folder string, engine Engine) error {
	return fs.WalkDir(source, folder, func(name string, entry fs.DirEntry, err error) error {
		if base := Engine(path.Base(name)); err == nil && entry.IsDir() && base != engine && (base == SQLite || base == PostgreSQL) {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		base := path.Base(name)
		if _, taken := files[base]; taken {
			return fmt.Errorf("two migrations are named %s", base)
		}
		files[base] = &fstest.MapFile{Data: text, Mode: 0o444}
		return nil
	})
}

// Migrate brings the store to the schema of this program. Only one of several concurrent callers
// migrates, in one process or many; the others wait: on PostgreSQL by an advisory lock, on SQLite
// by a lock file.
func (db *DB) Migrate(ctx context.Context) (err error) {
	if db.engine == SQLite {
		unlock, lockErr := lockFile(ctx, db.file+".migrating")
		if lockErr != nil {
			return lockErr
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	if err := db.CheckNotNewer(ctx); err != nil {
		return err
	}
	if err := db.untilWritable(ctx, db.state); err != nil {
		return translate(ctx, fmt.Errorf("stating which programs can work on the schema: %w", err))
	}
	if err := db.untilWritable(ctx, db.up); err != nil {
		return translate(ctx, fmt.Errorf("migrating the store: %w", err))
	}
	return db.Ready(ctx)
}

// up applies the migrations that the store lacks.
func (db *DB) up(ctx context.Context) error {
	// Up reads all migrations, which takes a while, so ask first whether there is anything to do.
	pending, err := db.schema.provider.HasPending(ctx)
	if err == nil && pending {
		_, err = db.schema.provider.Up(ctx)
	}
	return err
}

// untilWritable repeats a step of a migration while another process holds SQLite's only write lock: that process may write
// without a pause, and SQLite does not queue those that wait for the lock.
func (db *DB) untilWritable(ctx context.Context, do func(context.Context) error) (err error) {
	for started := time.Now(); time.Since(started) < lockPolls*lockPollSeconds*time.Second; {
		if err = do(ctx); !isCollision(err) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	file := flock.New(path)
	ctx, cancel := context.WithTimeout(ctx, lockPolls*lockPollSeconds*time.Second)
	defer cancel()
	if _, err := file.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fmt.Errorf("waiting for the migration lock %s: %w", path, err)
	}
	return file.Unlock, nil
}

// Migrations lists the migrations of this program and whether the store has applied them.
func (db *DB) Migrations(ctx context.Context) ([]MigrationState, error) {
	states, err := db.schema.provider.Status(ctx)
	if err != nil {
		return nil, translate(ctx, fmt.Errorf("reading the schema version: %w", err))
	}
	list := make([]MigrationState, len(states))
	for i, s := range states {
		list[i] = MigrationState{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied, Oldest: db.schema.oldest[s.Source.Version]}
	}
	return list, nil
}

// Ready returns nil if the store can be reached and this program can work on its schema.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.log.check(); err != nil {
		return err
	}
	err := db.schemaFits(ctx)
	if ctx.Err() == nil {
		_ = db.keepFit(err) // the answer is what was just seen
	}
	return err
}

// CheckNotNewer returns an error if the store has a newer schema on which this program cannot work.
func (db *DB) CheckNotNewer(ctx context.Context) error {
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	db.versions.saw(applied)
	if stranger, err := db.stranger(ctx, applied); err != nil || !stranger {
		return err
	}
	newest := int64(0)
	for version := range applied {
		newest = max(newest, version)
	}
	return fault.New(fault.FailedPrecondition, reason.SchemaVersion,
		"the store's schema is at version %d, newer than this program's %d", newest, db.schema.version)
}
