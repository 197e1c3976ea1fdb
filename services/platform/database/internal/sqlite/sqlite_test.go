package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/continuo-billing/continuo/services/platform/database/internal/sqlite"
)

func open(t *testing.T, path string, busy time.Duration) *sql.DB {
	t.Helper()
	pool := sql.OpenDB(sqlite.Connector{Path: path, Busy: busy, Begin: "BEGIN IMMEDIATE", Pragmas: []string{"journal_mode = WAL"}})
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

func exec(t *testing.T, on interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, text string, args ...any) {
	t.Helper()
	if _, err := on.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// TestValuesComeBackAsTheyWere reads and writes each kind of value with one prepared statement several times, so that what it
// remembers of the row before and its memory for texts are used again.
func TestValuesComeBackAsTheyWere(t *testing.T) {
	pool := open(t, filepath.Join(t.TempDir(), "store.db"), time.Second)
	exec(t, pool, "-- two statements\nCREATE TABLE kinds (n BIGINT, f REAL, b BOOLEAN, t TEXT, d BYTEA);\nCREATE TABLE others (n BIGINT); -- done\n")
	set, err := pool.PrepareContext(t.Context(), `INSERT INTO kinds VALUES ($2, $3, $4, $5, $1) RETURNING n, f, b, t, d`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	long := strings.Repeat("ä", 40_000)
	for _, c := range []struct {
		n int64
		f float64
		b bool
		t any
		d []byte
	}{
		{1, 0.5, true, "short", []byte("data")}, {1, 0.5, true, "short", []byte("data")}, {-1 << 63, -1, false, "", nil},
		{2, 0, true, nil, []byte{0, 1}}, {2, 0, true, long, []byte(long)}, {2, 0, true, "with\x00zero", []byte("x")}, {1, 0.5, true, "short", []byte("data")},
	} {
		var n int64
		var f float64
		var b bool
		var text sql.NullString
		var d []byte
		if err := set.QueryRowContext(t.Context(), c.d, c.n, c.f, c.b, c.t).Scan(&n, &f, &b, &text, &d); err != nil {
			t.Fatal(err)
		}
		want, isText := c.t.(string)
		if n != c.n || f != c.f || b != c.b || text.String != want || text.Valid != isText || !bytes.Equal(d, c.d) {
			t.Errorf("wrote %.100v, read %d %v %v %.100v %.100q", c, n, f, b, text, d)
		}
	}
}

func TestColumnsFollowTheSchema(t *testing.T) {
	pool := open(t, filepath.Join(t.TempDir(), "store.db"), time.Second)
	pool.SetMaxOpenConns(1)
	exec(t, pool, `CREATE TABLE a (one TEXT); INSERT INTO a VALUES ('1')`)
	all, err := pool.PrepareContext(t.Context(), `SELECT * FROM a`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = all.Close() }()
	var one, two string
	if err := all.QueryRowContext(t.Context()).Scan(&one); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `ALTER TABLE a ADD COLUMN two TEXT NOT NULL DEFAULT '2'`)
	if err := all.QueryRowContext(t.Context()).Scan(&one, &two); err != nil || one != "1" || two != "2" {
		t.Errorf("read %q and %q (error %v)", one, two, err)
	}
}

// endless is a query that takes hours.
const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT count(*) FROM n`

func TestContextEndsStatements(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	pool, other := open(t, path, time.Minute), open(t, path, 50*time.Millisecond)
	exec(t, pool, `CREATE TABLE a (n BIGINT)`)
	soon := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(t.Context(), 50*time.Millisecond)
	}
	ctx, cancel := soon()
	defer cancel()
	if err := pool.QueryRowContext(ctx, endless).Scan(new(int)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query ended with %v", err)
	}
	held, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	exec(t, held, `BEGIN IMMEDIATE`)
	ctx, cancel = soon()
	defer cancel()
	if _, err := pool.ExecContext(ctx, `INSERT INTO a VALUES (1)`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait for a lock ended with %v", err)
	}
	var failed *sqlite.Error
	if _, err := other.ExecContext(t.Context(), `INSERT INTO a VALUES (1)`); !errors.As(err, &failed) || failed.Code() != sqlite3.SQLITE_BUSY {
		t.Errorf("a wait that lasts too long ended with %v", err)
	}
	exec(t, held, `COMMIT`)
	exec(t, pool, `INSERT INTO a VALUES (1)`)
}
