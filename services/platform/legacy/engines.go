package legacy

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// engine holds the statements that differ between the engines.
type engine struct {
	// stateType reads the type of the state column.
	stateType string
	// indexes reads the statements that make the indexes, which are made anew at the end.
	indexes string
	// begin renames the old feed and creates a new one; end removes the old one.
	begin, end []string
	// next reads the next batch of the old feed; after returns its parameters.
	next  string
	after func(last entry) []any
	// insert writes entries with converted states into the new feed.
	insert func(ctx context.Context, tx *database.Tx, entries []entry, states [][]byte) error
}

var engines = map[database.Engine]engine{
	database.SQLite: {
		stateType: `SELECT type FROM pragma_table_info('change_feed') WHERE name = 'state'`,
		indexes:   `SELECT sql FROM sqlite_master WHERE tbl_name = 'change_feed' AND type = 'index' ORDER BY name`,
		begin: []string{
			`ALTER TABLE change_feed RENAME TO json_change_feed`,
			`CREATE TABLE change_feed (
				seq           INTEGER PRIMARY KEY AUTOINCREMENT,
				txid          BIGINT  NOT NULL DEFAULT 0,
				tenant        TEXT    NOT NULL,
				at            BIGINT  NOT NULL,
				actor         TEXT    NOT NULL,
				resource      TEXT    NOT NULL,
				resource_type TEXT    NOT NULL,
				kind          TEXT    NOT NULL,
				state         BYTEA   NOT NULL
			)`,
		},
		next:   `SELECT ` + columns + ` FROM json_change_feed WHERE seq > $1 ORDER BY seq LIMIT $2`,
		after:  func(last entry) []any { return []any{last.seq, batch} },
		insert: insertRows,
		end: []string{
			// Keep the sequence, so that numbers of removed entries are not used again.
			`DELETE FROM sqlite_sequence WHERE name = 'change_feed'`,
			`INSERT INTO sqlite_sequence (name, seq) SELECT 'change_feed', seq FROM sqlite_sequence WHERE name = 'json_change_feed'`,
			`DROP TABLE json_change_feed`,
		},
	},
	database.PostgreSQL: {
		stateType: `SELECT data_type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = 'change_feed' AND column_name = 'state'`,
		indexes: `SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'change_feed' ORDER BY indexname`,
		begin: []string{
			`SET LOCAL statement_timeout = 0`, // indexing a large feed exceeds the timeout of calls
			`ALTER TABLE change_feed RENAME TO json_change_feed`,
			`CREATE TABLE change_feed (LIKE json_change_feed INCLUDING DEFAULTS INCLUDING IDENTITY)`,
			`ALTER TABLE change_feed ALTER COLUMN state TYPE BYTEA USING ''`,
			`DECLARE json_entries NO SCROLL CURSOR FOR SELECT ` + columns + ` FROM json_change_feed`,
		},
		next:   fmt.Sprintf(`FETCH %d FROM json_entries`, batch),
		after:  func(entry) []any { return nil },
		insert: insertArrays,
		end: []string{
			`CLOSE json_entries`,
			// Keep the sequence, so that numbers of removed entries are not used again.
			`SELECT setval(pg_get_serial_sequence('change_feed', 'seq'), nextval(pg_get_serial_sequence('json_change_feed', 'seq')), FALSE)`,
			`DROP TABLE json_change_feed`,
		},
	},
}

func insertRows(ctx context.Context, tx *database.Tx, entries []entry, states [][]byte) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{e.seq, e.txid, e.at, e.tenant, e.actor, e.resource, e.typ, e.kind, states[i]}
	}
	return tx.InsertAll(ctx, "change_feed", []string{"seq", "txid", "at", "tenant", "actor", "resource", "resource_type", "kind", "state"}, rows)
}

func insertArrays(ctx context.Context, tx *database.Tx, entries []entry, states [][]byte) error {
	numbers, texts := [3][]int64{}, [5][]string{}
	for _, e := range entries {
		for i, number := range []int64{e.seq, e.txid, e.at} {
			numbers[i] = append(numbers[i], number)
		}
		for i, text := range []string{e.tenant, e.actor, e.resource, e.typ, e.kind} {
			texts[i] = append(texts[i], text)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO change_feed (`+columns+`) OVERRIDING SYSTEM VALUE
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])`,
		numbers[0], numbers[1], numbers[2], texts[0], texts[1], texts[2], texts[3], texts[4], states)
	return err
}
