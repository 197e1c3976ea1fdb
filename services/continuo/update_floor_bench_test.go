package continuo_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// The statements that no durable update with an entry of a change feed can do without. The entry is written only if the row has the version
// that was read.
const (
	floorTables = `CREATE TABLE kept (number TEXT PRIMARY KEY, version BIGINT NOT NULL, document TEXT NOT NULL);
		CREATE TABLE entries (seq %s, document TEXT NOT NULL)`
	floorRead     = `SELECT version, document FROM kept WHERE number = $1`
	floorUpdate   = `UPDATE kept SET version = version + 1, document = $2 WHERE number = $1`
	floorEntry    = `INSERT INTO entries (document) VALUES ($1)`
	floorTogether = `WITH changed AS (UPDATE kept SET version = version + 1, document = $3 WHERE number = $1 AND version = $2 RETURNING document)
		INSERT INTO entries (document) SELECT document FROM changed`
)

// floorDocument has as many bytes as a subscription of the benchmarks.
var floorDocument = strings.Repeat("x", 500)

// BenchmarkUpdateFloor measures what BenchmarkSubscriptionUpdateAgainstStore could reach at best: a handler written by hand that reads a row and writes
// it with an entry, with prepared statements of the driver, against what the store alone does. On SQLite what waits is committed together, without
// savepoints; on PostgreSQL an update is two round trips, and those of one row wait for each other in the handler. There is no session to look up, no
// index besides the keys, and no check.
func BenchmarkUpdateFloor(b *testing.B) {
	for _, engine := range []struct {
		name   database.Engine
		update func(*testing.B) func(number string) error
		alone  func(*testing.B) func() float64
	}{{database.SQLite, floorOfSQLite, bareUpdates}, {database.PostgreSQL, floorOfPostgreSQL, pgbench}} {
		b.Run(string(engine.name), func(b *testing.B) {
			update := engine.update(b)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var asked struct {
					Identifier struct {
						Number string `json:"number"`
					} `json:"subscription_identifier"`
				}
				err := json.NewDecoder(r.Body).Decode(&asked)
				if err == nil {
					err = update(asked.Identifier.Number)
				}
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				_ = json.NewEncoder(w).Encode(floorDocument) // the caller has left
			}))
			defer server.Close()
			updates := &load{address: addressOf(server.URL), callers: 64, request: benchedUpdate}
			updates.rate(b)
			updates.took = nil
			compare(b, func() float64 { return updates.rate(b) }, engine.alone(b))
			b.ReportMetric(updates.p99(), "p99-ms")
		})
	}
}

// floorOfSQLite returns a function that updates a row, with all others that wait in one transaction.
func floorOfSQLite(b *testing.B) func(string) error {
	b.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(fmt.Sprintf(floorTables, "INTEGER PRIMARY KEY")); err != nil {
		b.Fatal(err)
	}
	for n := range benchedSubscriptions {
		if _, err := pool.Exec(`INSERT INTO kept VALUES ($1, 1, $2)`, benched(n), floorDocument); err != nil {
			b.Fatal(err)
		}
	}
	prepared := bareStatements(b, pool, "BEGIN IMMEDIATE", floorRead, floorUpdate, floorEntry, "COMMIT")
	type waiting struct {
		number string
		done   chan error
	}
	wait := make(chan waiting, 64)
	b.Cleanup(func() { close(wait) })
	go func() {
		for first := range wait {
			group := []waiting{first}
			for len(wait) > 0 {
				group = append(group, <-wait)
			}
			err := bareExec(prepared["BEGIN IMMEDIATE"])
			for _, one := range group {
				if err == nil {
					err = bareRow(prepared[floorRead], []any{one.number})
				}
				if err == nil {
					err = bareExec(prepared[floorUpdate], one.number, floorDocument)
				}
				if err == nil {
					err = bareExec(prepared[floorEntry], floorDocument)
				}
			}
			if err == nil {
				err = bareExec(prepared["COMMIT"])
			}
			for _, one := range group {
				one.done <- err
			}
		}
	}()
	return func(number string) error {
		done := make(chan error, 1)
		wait <- waiting{number, done}
		return <-done
	}
}

// bareExec runs a statement of the driver.
func bareExec(statement bareStatementOfDriver, args ...any) error {
	_, err := statement.ExecContext(context.Background(), namedValues(args))
	return err
}

// floorOfPostgreSQL returns a function that updates a row in two round trips.
func floorOfPostgreSQL(b *testing.B) func(string) error {
	b.Helper()
	url := databasetest.URL(b, database.PostgreSQL)
	free := bareConnections(b, url)
	connection := <-free
	if _, err := connection.Exec(b.Context(), fmt.Sprintf(floorTables, "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")); err != nil {
		b.Fatal(err)
	}
	turns := map[string]*sync.Mutex{}
	for n := range benchedSubscriptions {
		turns[benched(n)] = &sync.Mutex{}
		if _, err := connection.Exec(b.Context(), `INSERT INTO kept VALUES ($1, 1, $2)`, benched(n), floorDocument); err != nil {
			b.Fatal(err)
		}
	}
	free <- connection
	return func(number string) error {
		turns[number].Lock()
		defer turns[number].Unlock()
		connection := <-free
		defer func() { free <- connection }()
		return floorTransaction(connection, number)
	}
}

func floorTransaction(connection *pgx.Conn, number string) error {
	var version int64
	var document []byte
	if err := connection.QueryRow(context.Background(), floorRead, number).Scan(&version, &document); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	written, err := connection.Exec(context.Background(), floorTogether, number, version, floorDocument)
	if err == nil && written.RowsAffected() != 1 {
		err = fmt.Errorf("%d entries were written", written.RowsAffected())
	}
	return err
}

// bareStatementOfDriver is a prepared statement of SQLite's driver.
type bareStatementOfDriver interface {
	driver.StmtQueryContext
	driver.StmtExecContext
}

// bareStatements prepares statements on a connection of their own.
func bareStatements(b *testing.B, pool *sql.DB, texts ...string) map[string]bareStatementOfDriver {
	b.Helper()
	connection, err := pool.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = connection.Close() })
	prepared := map[string]bareStatementOfDriver{}
	if err := connection.Raw(func(native any) error {
		preparer, can := native.(driver.ConnPrepareContext)
		if !can {
			return fmt.Errorf("%T prepares nothing", native)
		}
		for _, text := range texts {
			statement, err := preparer.PrepareContext(b.Context(), text)
			if err != nil {
				return err
			}
			own, can := statement.(bareStatementOfDriver)
			if !can {
				return fmt.Errorf("%T is not a statement of SQLite", statement)
			}
			prepared[text] = own
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return prepared
}

// bareConnections returns connections to PostgreSQL, each of which prepares a statement once.
func bareConnections(b *testing.B, url string) chan *pgx.Conn {
	b.Helper()
	free := make(chan *pgx.Conn, 16)
	for range cap(free) {
		connection, err := pgx.Connect(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = connection.Close(context.Background()) })
		free <- connection
	}
	return free
}

func namedValues(args []any) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return named
}
