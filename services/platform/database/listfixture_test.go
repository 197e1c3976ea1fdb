package database_test

import (
	"context"
	"errors"
	"testing/fstest"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

var things = fstest.MapFS{"00100_things.sql": {Data: []byte(`-- +goose Up
CREATE TABLE things (
	tenant TEXT NOT NULL, id BIGINT NOT NULL, code TEXT NOT NULL, rank BIGINT NOT NULL, flag BOOLEAN NOT NULL,
	memo TEXT, day TEXT, at BIGINT, PRIMARY KEY (tenant, id));
CREATE INDEX things_by_code ON things (tenant, code, id);
`)}}

// thingColumns maps fields to columns with other names, and some to expressions.
var thingColumns = map[string]string{
	"name": "id", "code": "code", "rank": "rank", "flag": "flag", "memo": "memo", "day": "day", "at": "things.at",
	"open": "day IS NULL OR rank < 3", "maybe": "at > 2",
}

// optional lists the fields that may have no value.
var optional = []string{"memo", "day", "at"}

// thing is a row by field names, with nil for no value.
type thing map[string]any

// insertThings inserts rows.
func insertThings(t fataler, tx *database.Tx, rows ...thing) {
	t.Helper()
	for _, row := range rows {
		_, err := tx.ExecContext(context.Background(), `INSERT INTO things VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			"t", row["name"], row["code"], row["rank"], row["flag"], row["memo"], row["day"], row["at"])
		if err != nil {
			t.Fatalf("inserting things: %v", err)
		}
	}
}

var errRollBack = errors.New("leave the store as it was")

// rolledBack runs do in a transaction that is rolled back.
func rolledBack(t fataler, db *database.DB, do func(tx *database.Tx)) {
	t.Helper()
	err := db.Write(context.Background(), func(_ context.Context, tx *database.Tx) error {
		do(tx)
		return errRollBack
	})
	if !errors.Is(err, errRollBack) {
		t.Fatalf("running a test's transaction: %v", err)
	}
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// selectThings is a query as sqlc generates it.
const selectThings = `-- name: ListThings :many
SELECT id, code, rank, flag, memo, day, at FROM things WHERE tenant = $1
`

// list returns the rows of a query.
func list(t fataler, tx *database.Tx, query listing.Query) []thing {
	t.Helper()
	found, err := read(tx, query)
	if err != nil {
		t.Fatalf("listing: %v", err)
	}
	return found
}

func read(tx *database.Tx, query listing.Query) (found []thing, err error) {
	rows, err := tx.List(query, thingColumns).QueryContext(context.Background(), selectThings, "t")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, rank int64
		var code string
		var flag bool
		var memo, day *string
		var at *int64
		if err := rows.Scan(&id, &code, &rank, &flag, &memo, &day, &at); err != nil {
			return nil, err
		}
		found = append(found, thing{"name": id, "code": code, "rank": rank, "flag": flag, "memo": value(memo), "day": value(day), "at": value(at)})
	}
	return found, rows.Err()
}

func value[V any](pointer *V) any {
	if pointer == nil {
		return nil
	}
	return *pointer
}

func ids(rows []thing) []int64 {
	all := []int64{}
	for _, row := range rows {
		all = append(all, row["name"].(int64))
	}
	return all
}
