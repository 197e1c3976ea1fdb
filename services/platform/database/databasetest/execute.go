package databasetest

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Execute runs statements in one transaction, in order.
func Execute(t testing.TB, db *database.DB, statements ...string) {
	t.Helper()
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				t.Logf("in %s", statement)
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Numbers creates the table numbers with the numbers from 1 to 4000, to fill other tables from.
var Numbers = []string{
	`CREATE TABLE numbers (n BIGINT NOT NULL)`,
	`INSERT INTO numbers WITH RECURSIVE all_numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_numbers WHERE n < 4000) SELECT n FROM all_numbers`,
}
