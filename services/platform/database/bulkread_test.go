package database_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// eachRow is what a test reads of a row of counters.
type eachRow struct {
	name  string
	value int64
}

func TestEachReadsTextsAndNumbers(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		want := []eachRow{{"", 0}, {"a", -1}, {"a", 1 << 62}, {"é'\"", -1 << 63}}
		got := eachOf(t, db, `SELECT name, value FROM (SELECT '' AS name, CAST(0 AS BIGINT) AS value, 1 AS place
			UNION ALL SELECT 'a', -1, 2 UNION ALL SELECT 'a', $1, 3 UNION ALL SELECT 'é''"', $2, 4) AS given WHERE name <> $3 ORDER BY place`,
			int64(1<<62), int64(-1<<63), "none")
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		got = eachOf(t, db, `SELECT CAST(NULL AS TEXT), CAST(NULL AS BIGINT)`)
		if !slices.Equal(got, []eachRow{{"", 0}}) {
			t.Errorf("NULL: got %v", got)
		}
		if got = eachOf(t, db, `SELECT name, value FROM counters`); len(got) > 0 {
			t.Errorf("got %v of an empty table", got)
		}
	})
}

func eachOf(t *testing.T, db *database.DB, query string, args ...any) (all []eachRow) {
	t.Helper()
	if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.Each(ctx, query, args, func(row *database.Values) error {
			all = append(all, eachRow{row.Text(0), row.Number(1)})
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEachSeesTheTransaction(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		var sum int64
		if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			sum = 0
			later := tx.Later(func(err error) error { return err })
			for value := range int64(3) {
				if _, err := later.ExecContext(ctx, `INSERT INTO counters (tenant, name, value) VALUES ('t', $1, $2)`, string(rune('a'+value)), value+1); err != nil {
					return err
				}
			}
			return tx.Each(ctx, `SELECT value FROM counters WHERE tenant = $1`, []any{"t"}, func(row *database.Values) error {
				sum += row.Number(0)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if sum != 6 {
			t.Errorf("got a sum of %d", sum)
		}
	})
}

func TestEachNeedsATransaction(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		err := db.ReadOne(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			return tx.Each(ctx, `SELECT 1`, nil, func(*database.Values) error { return nil })
		})
		if !errors.Is(err, database.ErrSecondStatement) {
			t.Errorf("got %v", err)
		}
	})
}

func TestEachReturnsErrors(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		enough := errors.New("enough")
		rows := 0
		each := func(query string, read func(*database.Values) error) error {
			return db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				err := tx.Each(ctx, query, nil, read)
				if err == nil {
					return nil
				}
				// The connection is free again, and outside PostgreSQL's failed transactions also usable.
				if errors.Is(err, enough) {
					return errors.Join(err, tx.Each(ctx, `SELECT 1`, nil, func(*database.Values) error { return nil }))
				}
				return err
			})
		}
		if err := each(`SELECT 'a' UNION ALL SELECT 'b'`, func(*database.Values) error { rows++; return enough }); !errors.Is(err, enough) || rows != 1 {
			t.Errorf("got %v after %d rows", err, rows)
		}
		for name, read := range map[string]func(*database.Values){
			"a text as a number": func(row *database.Values) { row.Number(0) },
			"a number as a text": func(row *database.Values) { row.Text(1) },
		} {
			if err := each(`SELECT CAST('a' AS TEXT), CAST(1 AS BIGINT)`, func(row *database.Values) error { read(row); return nil }); err == nil {
				t.Errorf("%s was read", name)
			}
		}
		if err := each(`SELECT nothing FROM counters`, func(*database.Values) error { return nil }); err == nil {
			t.Error("a column that does not exist was read")
		}
	})
}
