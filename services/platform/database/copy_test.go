package database_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// kinds have a column of every type, and a table that comes after one to which it refers.
var kinds = fstest.MapFS{"00100_kinds.sql": {Data: []byte(`-- +goose Up
CREATE TABLE wholes (id BIGINT PRIMARY KEY, name TEXT NOT NULL, flag BOOLEAN NOT NULL, content BYTEA, note TEXT);
CREATE TABLE parts (id BIGINT PRIMARY KEY, whole BIGINT NOT NULL REFERENCES wholes (id));
`)}}

// kindsStore returns a SQLite store with rows, the last change of which was removed by its retention.
func kindsStore(t *testing.T) *database.DB {
	t.Helper()
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, kinds), kinds)
	for _, statement := range []string{
		`INSERT INTO wholes VALUES (1, 'añ''"o', TRUE, x'00ff', NULL), (9223372036854775807, '', FALSE, NULL, 'x')`,
		`INSERT INTO parts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i, 1 FROM n`,
		`INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES
			('t', 1, 'a', 'wholes/1', 'Whole', 'CREATED', x'01'), ('t', 2, 'a', 'wholes/2', 'Whole', 'CREATED', x'02'), ('t', 3, 'a', 'wholes/2', 'Whole', 'DELETED', x'02')`,
		`DELETE FROM change_feed WHERE seq = 3`,
		`UPDATE change_feed_floor SET seq = 3`,
	} {
		exec(t, db, statement)
	}
	return db
}

func emptyPostgres(t *testing.T) *database.DB {
	t.Helper()
	return databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, kinds), kinds)
}

// textOf returns what a query with one text finds.
func textOf(t *testing.T, db *database.DB, query string) (text string) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, query).Scan(&text)
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

func TestCopyHoldsEveryRow(t *testing.T) {
	from, to := kindsStore(t), emptyPostgres(t)
	copied, err := database.Copy(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []database.Copied{{"wholes", 2}, {"parts", 2500}, {"change_feed", 2}, {"page_token_key", 1}} {
		if !slices.Contains(copied, want) {
			t.Errorf("got %v, want %v among them", copied, want)
		}
	}
	for query, want := range map[string]string{
		`SELECT id || name || flag || encode(content, 'hex') || COALESCE(note, 'none') FROM wholes WHERE id = 1`:       `1añ'"otrue00ffnone`,
		`SELECT id || name || flag || COALESCE(encode(content, 'hex'), 'none') || note FROM wholes WHERE id <> 1`:      `9223372036854775807falsenonex`,
		`SELECT string_agg(txid || ':' || seq || resource || encode(state, 'hex'), ' ' ORDER BY seq) FROM change_feed`: `0:1wholes/101 0:2wholes/202`,
		`SELECT encode(key, 'hex') FROM page_token_key`:                                                                strings.ToLower(textOf(t, from, `SELECT hex(key) FROM page_token_key`)),
	} {
		if got := textOf(t, to, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	exec(t, to, `INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES ('t', 4, 'a', 'wholes/3', 'Whole', 'CREATED', 'x')`)
	if got := textOf(t, to, `SELECT max(seq)::text FROM change_feed`); got != "4" {
		t.Errorf("the next change has the number %s, want 4", got)
	}
}

func TestCopyRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB)
		want    string
	}{
		"a target with rows": {func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB) {
			exec(t, to, `INSERT INTO wholes VALUES (7, '', FALSE, NULL, NULL)`)
			return from, to
		}, "is not empty: it has rows in wholes"},
		"a target without its schema": {func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB) {
			exec(t, to, `DELETE FROM goose_db_version WHERE version_id = 100`)
			return from, to
		}, "the PostgreSQL store does not have the schema of this program"},
		"a newer source": {func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB) {
			exec(t, from, `INSERT INTO schema_compatibility VALUES (101, 100)`)
			exec(t, from, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (101, TRUE)`)
			return from, to
		}, "the SQLite store does not have the schema of this program"},
		"the other way": {func(_ *testing.T, from, to *database.DB) (*database.DB, *database.DB) { return to, from },
			"not from postgres to sqlite"},
		"tables that differ": {func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB) {
			exec(t, to, `ALTER TABLE parts ADD COLUMN more TEXT`)
			return from, to
		}, "the tables of the stores differ"},
		"a target that changes what it gets": {func(t *testing.T, from, to *database.DB) (*database.DB, *database.DB) {
			exec(t, to, `CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := NEW.name || ''!''; RETURN NEW; END'`)
			exec(t, to, `CREATE TRIGGER change BEFORE INSERT ON wholes FOR EACH ROW EXECUTE FUNCTION change()`)
			return from, to
		}, "copying wholes: the copy of 2 rows differs from the 2 that were read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := test.prepare(t, kindsStore(t), emptyPostgres(t))
			if _, err := database.Copy(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
