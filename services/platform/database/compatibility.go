package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// fitInterval is how often a program that uses its store looks at the store's schema.
const fitInterval = time.Second

// statesOldest finds in a migration the oldest program that can work on the schema after it, named by the
// number of the last migration that this program needs.
var statesOldest = regexp.MustCompile(`(?m)^-- oldest program: 0*(\d+)\r?$`)

// oldestProgram returns what a migration states about the oldest program, by default that only programs
// that know the migration can work after it.
func oldestProgram(version int64, text []byte) (int64, error) {
	found := statesOldest.FindSubmatch(text)
	if found == nil {
		return version, nil
	}
	oldest, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading the oldest program of migration %d: %w", version, err)
	}
	if oldest > version {
		return 0, fmt.Errorf("migration %d names an oldest program after it, %d", version, oldest)
	}
	return oldest, nil
}

// fit says whether this program can work on the store, as of a time: with nil, or why not.
type fit struct {
	at  time.Time
	err error
}

// checkFit returns an error unless the store works, and this program can work on its schema. It looks at the schema
// once in fitInterval, so it costs a transaction nothing; while one caller looks, others go by what
// was seen last.
func (db *DB) checkFit(ctx context.Context) error {
	if err := db.log.check(); err != nil {
		return err
	}
	last := db.fits.Load()
	if last != nil && (time.Since(last.at) < fitInterval || !db.fitting.TryLock()) {
		return last.err
	}
	if last == nil {
		db.fitting.Lock()
	}
	defer db.fitting.Unlock()
	if now := db.fits.Load(); now != last {
		return now.err
	}
	err := db.schemaFits(ctx)
	if ctx.Err() != nil {
		return err
	}
	return db.keepFit(err)
}

// keepFit keeps what schemaFits found, and returns what holds now. An outage of the store says nothing
// about its schema.
func (db *DB) keepFit(err error) error {
	if last := db.fits.Load(); last != nil && err != nil && !isMisfit(err) && (last.err == nil || isMisfit(last.err)) {
		err = last.err
	}
	db.fits.Store(&fit{time.Now(), err})
	return err
}

func isMisfit(err error) bool {
	known, ok := fault.As(err)
	return ok && known.Reason == reason.SchemaVersion
}

// schemaFits returns nil if the store can be reached, has all migrations of this program, and each
// further one states that a program as old as this one can work after it.
func (db *DB) schemaFits(ctx context.Context) error {
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	db.versions.saw(applied)
	if err := db.learnTables(ctx); err != nil {
		return err
	}
	newest := int64(0)
	for version := range applied {
		newest = max(newest, version)
	}
	if stranger, err := db.stranger(ctx, applied); err != nil || stranger || newest < db.schema.version {
		if err != nil {
			return err
		}
		return fault.New(fault.Unavailable, reason.SchemaVersion,
			"the store's schema is at version %d, this program needs %d: run `continuo migrate up` or a program of the matching version", newest, db.schema.version)
	}
	for version := range db.schema.oldest {
		if !applied[version] {
			return fault.New(fault.Unavailable, reason.SchemaVersion, "the store lacks a migration of this program: run `continuo migrate up`")
		}
	}
	return nil
}

// stranger reports whether the store has a migration that this program does not know, and that does not
// state that this program can work after it.
func (db *DB) stranger(ctx context.Context, applied map[int64]bool) (bool, error) {
	var stated map[int64]int64
	for version := range applied {
		if _, known := db.schema.oldest[version]; known {
			continue
		}
		if stated == nil {
			var err error
			if stated, err = db.stated(ctx); err != nil {
				return false, err
			}
		}
		if _, known := db.schema.oldest[stated[version]]; !known {
			return true, nil
		}
	}
	return false, nil
}

// applied returns the numbers of the store's migrations, none for an empty store.
func (db *DB) applied(ctx context.Context) (map[int64]bool, error) {
	applied := map[int64]bool{}
	err := db.pairs(ctx, func(version, _ int64) { applied[version] = true }, `SELECT version_id, 0 FROM goose_db_version WHERE version_id > 0`)
	return applied, err
}

// stated returns the oldest program of each migration that the store knows of.
func (db *DB) stated(ctx context.Context) (map[int64]int64, error) {
	stated := map[int64]int64{}
	err := db.pairs(ctx, func(version, oldest int64) { stated[version] = oldest }, `SELECT migration, oldest_program FROM schema_compatibility`)
	return stated, err
}

// pairs calls add with the rows of a query on a table that may be absent.
func (db *DB) pairs(ctx context.Context, add func(a, b int64), query string) error {
	rows, err := db.reader.QueryContext(ctx, query)
	if err == nil {
		defer func() { _ = rows.Close() }() // rows.Err reports what went wrong
		for rows.Next() {
			var a, b int64
			if err := rows.Scan(&a, &b); err != nil {
				return fmt.Errorf("reading the schema version: %w", err)
			}
			add(a, b)
		}
		err = rows.Err()
	}
	if err == nil || isMissingTable(err) {
		return nil
	}
	return translate(ctx, fmt.Errorf("reading the schema version: %w", err))
}

func isMissingTable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "42P01"
	}
	return strings.Contains(err.Error(), "no such table")
}

// state writes into the store what the migrations of this program state. It does so before they are
// applied, so that no program ever sees one without its statement.
func (db *DB) state(ctx context.Context) error {
	if stated, err := db.stated(ctx); err != nil || containsAll(stated, db.schema.oldest) {
		return err
	}
	return db.Exclusively(ctx, func(ctx context.Context) error {
		return outcomeOf(db.once(ctx, db.writer, &sql.TxOptions{}, func(ctx context.Context, tx *Tx) error {
			if _, err := tx.ExecContext(ctx,
				`CREATE TABLE IF NOT EXISTS schema_compatibility (migration BIGINT PRIMARY KEY, oldest_program BIGINT NOT NULL)`); err != nil {
				return err
			}
			for version, oldest := range db.schema.oldest {
				if _, err := tx.ExecContext(ctx, `INSERT INTO schema_compatibility VALUES ($1, $2) ON CONFLICT DO NOTHING`, version, oldest); err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

func containsAll(stated, wanted map[int64]int64) bool {
	for version := range wanted {
		if _, found := stated[version]; !found {
			return false
		}
	}
	return true
}

// Range describes which programs can work on a store: those that know all migrations up to Oldest.
// Newest is the last migration of the store. Both are 0 for an empty store.
type Range struct{ Oldest, Newest int64 }

// Range returns which programs can work on the store's schema.
func (db *DB) Range(ctx context.Context) (r Range, err error) {
	applied, err := db.applied(ctx)
	if err != nil {
		return Range{}, err
	}
	stated, err := db.stated(ctx)
	if err != nil {
		return Range{}, err
	}
	for version := range applied {
		oldest, ok := stated[version]
		if !ok {
			oldest = version
		}
		r.Oldest, r.Newest = max(r.Oldest, oldest), max(r.Newest, version)
	}
	return r, nil
}
