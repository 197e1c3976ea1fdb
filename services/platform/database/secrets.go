package database

import (
	"context"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// resealBatch is how many rows of a table are sealed in one transaction.
const resealBatch = 100

// Sealed names columns of a table that hold sealed texts.
type Sealed struct {
	// Table is the name of the table and Keys the columns of its key.
	Table string
	Keys  []string
	// Columns hold the texts. They are bound to the key, not to the column.
	Columns []string
}

// Place returns the place to which the texts in the row with a key are bound.
func (s Sealed) Place(key ...string) []string { return append([]string{s.Table}, key...) }

// SealWith makes the store seal its secrets with keys. By default a SQLite store has a key file in its
// folder, and a PostgreSQL store has no keys.
func (db *DB) SealWith(keys *sealing.Keys) { db.secrets = keys }

// Secrets returns the keys of the store.
func (db *DB) Secrets() *sealing.Keys { return db.secrets }

// HasSealed reports whether a table holds a sealed text.
func (db *DB) HasSealed(ctx context.Context, of Sealed) (found bool, err error) {
	conditions := make([]string, len(of.Columns))
	for i, column := range of.Columns {
		conditions[i] = fmt.Sprintf("substr(%s, 1, length($1)) = $1", column)
	}
	err = db.Read(ctx, func(ctx context.Context, tx *Tx) error {
		query := fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s WHERE %s)", of.Table, strings.Join(conditions, " OR "))
		return tx.QueryRowContext(ctx, query, sealing.Prefix).Scan(&found)
	})
	if err != nil {
		return false, fmt.Errorf("looking for sealed secrets in %s: %w", of.Table, err)
	}
	return found, nil
}

// Reseal seals the texts of a table that are clear, or sealed with another key than the newest, and
// returns how many rows it changed. On SQLite it also overwrites the old texts in the files of the
// store, as far as no reader holds on to them.
func (db *DB) Reseal(ctx context.Context, of Sealed) (rows int, err error) {
	for {
		done := 0
		if err := db.Write(Long(ctx), func(ctx context.Context, tx *Tx) (err error) {
			done, err = tx.resealSome(ctx, of)
			return err
		}); err != nil {
			return rows, fmt.Errorf("sealing the secrets in %s: %w", of.Table, err)
		}
		rows += done
		if done == 0 {
			break
		}
	}
	if rows > 0 && db.engine == SQLite {
		if _, err := db.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			return rows, translate(ctx, fmt.Errorf("removing the clear texts from the log of the store: %w", err))
		}
	}
	return rows, nil
}

// resealSome seals the texts of a batch of rows.
func (tx *Tx) resealSome(ctx context.Context, of Sealed) (int, error) {
	found, err := tx.unsealed(ctx, of)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	if tx.Engine == SQLite { // zeroes what is overwritten
		if _, err := tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return 0, err
		}
		defer func() { _, _ = tx.ExecContext(ctx, `PRAGMA secure_delete = OFF`) }() // it only costs time
	}
	for _, row := range found {
		if err := tx.reseal(ctx, of, row); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}

// unsealed returns the keys and texts of rows that have a text to seal. Without such rows no key is
// needed.
func (tx *Tx) unsealed(ctx context.Context, of Sealed) ([][]string, error) {
	conditions := make([]string, len(of.Columns))
	for i, column := range of.Columns {
		conditions[i] = fmt.Sprintf("%[1]s <> '' AND substr(%[1]s, 1, length($1)) <> $1", column)
	}
	all := append(append([]string{}, of.Keys...), of.Columns...)
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s LIMIT %d", strings.Join(all, ", "), of.Table, strings.Join(conditions, " OR "), resealBatch)
	newest, err := tx.Secrets.Newest()
	if err != nil {
		newest = sealing.Prefix // a store that holds no secret in the clear needs no key
	}
	read, queryErr := tx.QueryContext(ctx, query, newest)
	if queryErr != nil {
		return nil, queryErr
	}
	defer func() { _ = read.Close() }() // Err reports what matters
	var found [][]string
	for read.Next() {
		row := make([]string, len(all))
		into := make([]any, len(all))
		for i := range row {
			into[i] = &row[i]
		}
		if err := read.Scan(into...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	if err := read.Err(); err != nil || len(found) == 0 {
		return nil, err
	}
	return found, err
}

// reseal seals the texts of a row with the newest key.
func (tx *Tx) reseal(ctx context.Context, of Sealed, row []string) error {
	key, texts := row[:len(of.Keys)], row[len(of.Keys):]
	var parameters []any
	parts := func(columns []string, values []string, separator string) string {
		text := make([]string, len(columns))
		for i, column := range columns {
			parameters = append(parameters, values[i])
			text[i] = fmt.Sprintf("%s = $%d", column, len(parameters))
		}
		return strings.Join(text, separator)
	}
	sealed := make([]string, len(texts))
	for i, text := range texts {
		opened, err := tx.Secrets.Open(text, of.Place(key...)...)
		if err != nil {
			return err
		}
		if sealed[i], err = tx.Secrets.Seal(opened, of.Place(key...)...); err != nil {
			return err
		}
	}
	statement := "UPDATE " + of.Table + " SET " + parts(of.Columns, sealed, ", ") + " WHERE " + parts(of.Keys, key, " AND ")
	_, err := tx.ExecContext(ctx, statement, parameters...)
	return err
}
