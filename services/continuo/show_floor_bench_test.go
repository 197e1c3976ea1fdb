package continuo_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/continuo-billing/continuo/services/continuo"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// The statements that no show can do without: that which finds the subscription, and that which finds the session of its token.
const (
	bareSubscription = `SELECT document FROM subscriptions WHERE tenant = $1 AND number = $2`
	bareSession      = `SELECT document FROM sessions WHERE token_hash = $1`
)

// wholeShow returns the statement of the service that finds the session with its user, the subscription, and all that it refers to.
func wholeShow(b *testing.B) string {
	b.Helper()
	queries, err := os.ReadFile("../subscription/internal/store/queries/sessions.sql")
	if err != nil {
		b.Fatal(err)
	}
	_, text, found := strings.Cut(string(queries), "-- name: LocateSessionWithSubscription :one\n")
	text, _, ended := strings.Cut(text, ";")
	if !found || !ended {
		b.Fatal("there is no such query")
	}
	return strings.NewReplacer("@token_hash", "$1", "sqlc.narg(number)", "$2", "@id", "''").Replace(text)
}

// bareStatement is a statement with its arguments, which reads one row.
type bareStatement struct {
	text string
	args []any
}

// BenchmarkShowFloor measures what BenchmarkSubscriptionShowAgainstMemory could reach at best: the handler written by hand that besides runs bare
// prepared statements on the store, in one round trip, against itself alone. It runs the one that finds the subscription; it and the one that finds the
// session; and the one of the service, which reads all that is shown.
func BenchmarkShowFloor(b *testing.B) {
	hash := sha256.Sum256([]byte(benchedToken))
	tokenHash, whole := hex.EncodeToString(hash[:]), wholeShow(b)
	for _, engine := range []struct {
		name  database.Engine
		reads func(*testing.B, string) func(context.Context, []bareStatement) error
	}{{database.SQLite, bareReadsOfSQLite}, {database.PostgreSQL, bareReadsOfPostgreSQL}} {
		var store string
		origin := runInProcess(b, engine.name, clock.System{}, func(config *continuo.Config) { store = config.Subscription.DatabaseURL })
		subscribeBenched(b, origin, keptSubscriptions)
		read := engine.reads(b, store)
		memory := subscriptionsInMemory(b, origin)
		for _, floor := range []struct {
			name string
			of   func(number string) []bareStatement
		}{
			{"OneRow", func(number string) []bareStatement {
				return []bareStatement{{bareSubscription, []any{"default", number}}}
			}},
			{"TwoInOneTrip", func(number string) []bareStatement {
				return []bareStatement{{bareSession, []any{tokenHash}}, {bareSubscription, []any{"default", number}}}
			}},
			{"AllRows", func(number string) []bareStatement { return []bareStatement{{whole, []any{tokenHash, number}}} }},
		} {
			b.Run(string(engine.name)+"/"+floor.name, func(b *testing.B) {
				with := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					number := strings.TrimPrefix(r.URL.Query().Get("subscription_identifier"), "number=")
					if err := read(r.Context(), floor.of(number)); err != nil {
						http.Error(w, err.Error(), http.StatusInternalServerError)
						return
					}
					memory.ServeHTTP(w, r)
				}))
				defer with.Close()
				without := httptest.NewServer(memory)
				defer without.Close()
				show := func(caller, _ int) string { return written("GET", shown(benched(caller)), "") }
				more := &load{address: addressOf(with.URL), callers: 16, request: show}
				less := &load{address: addressOf(without.URL), callers: 16, request: show}
				compare(b, func() float64 { return more.rate(b) }, func() float64 { return less.rate(b) })
			})
		}
	}
}

// bareReadsOfPostgreSQL returns a function that sends statements together and reads their rows. Each of its connections prepares a statement once.
func bareReadsOfPostgreSQL(b *testing.B, url string) func(context.Context, []bareStatement) error {
	b.Helper()
	free := bareConnections(b, url)
	return func(ctx context.Context, statements []bareStatement) error {
		connection := <-free
		defer func() { free <- connection }()
		batch := &pgx.Batch{}
		for _, statement := range statements {
			batch.Queue(statement.text, statement.args...)
		}
		results := connection.SendBatch(ctx, batch)
		for range statements {
			rows, err := results.Query()
			if err == nil && !rows.Next() {
				err = errors.Join(rows.Err(), pgx.ErrNoRows)
			}
			if rows.Close(); err != nil {
				_ = results.Close()
				return err
			}
		}
		return results.Close()
	}
}

// bareReadsOfSQLite returns a function that runs statements of the driver, without database/sql. Each of its connections prepares a statement once.
func bareReadsOfSQLite(b *testing.B, url string) func(context.Context, []bareStatement) error {
	b.Helper()
	pool, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close() })
	free := make(chan map[string]bareStatementOfDriver, 2*runtime.GOMAXPROCS(0))
	for range cap(free) {
		free <- bareStatements(b, pool, bareSubscription, bareSession, wholeShow(b))
	}
	return func(_ context.Context, statements []bareStatement) error {
		prepared := <-free
		defer func() { free <- prepared }()
		for _, statement := range statements {
			if err := bareRow(prepared[statement.text], statement.args); err != nil {
				return err
			}
		}
		return nil
	}
}

// bareRow reads the row that a statement finds. A context that can end would cost a goroutine.
func bareRow(statement bareStatementOfDriver, args []any) error {
	rows, err := statement.QueryContext(context.Background(), namedValues(args))
	if err != nil {
		return err
	}
	if err := rows.Next(make([]driver.Value, len(rows.Columns()))); err != nil {
		_ = rows.Close()
		return fmt.Errorf("reading the row: %w", err)
	}
	return rows.Close()
}
