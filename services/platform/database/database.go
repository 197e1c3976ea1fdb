// Package database opens a service's store, SQLite or PostgreSQL, and runs transactions and
// migrations on it. Services write their SQL once: both engines accept $1 placeholders and the
// types TEXT, BIGINT, BOOLEAN and BYTEA.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.opentelemetry.io/otel/metric"
	"golang.org/x/sync/semaphore"

	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// Engine is the kind of database behind a store.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// Pool limits. A SQLite file has a single writer whatever the pool size; readers work on snapshots
// meanwhile.
const (
	postgresConnections = 20 // unless the URL says otherwise
	fewestConnections   = 4  // a program holds some for what it alone may do, and needs one beside them
	connectTimeout      = 3 * time.Second
	statementTimeout    = 30 * time.Second
	lockTimeout         = 10 * time.Second
	sqliteBusyTimeout   = 10 * time.Second
	// pagesAhead is how many pages of 4 KiB SQLite's log has before they are moved to the store, while the turn to write is held. With 1000,
	// as the engine has by itself, that took a tenth of the time of changes.
	pagesAhead = 4000
)

// DB is a service's store.
type DB struct {
	engine Engine
	// writer runs transactions that change rows, reader those that only read. On PostgreSQL they
	// are the same pool.
	writer, reader *sql.DB
	schema         *schema
	// connections is how many there may be on PostgreSQL.
	connections int
	// file is the SQLite file, "" on PostgreSQL. owned is its lock if Own succeeded.
	file  string
	owned *flock.Flock
	// log is the write-ahead log of SQLite, nil on PostgreSQL.
	log *aheadLog
	// versions tells what has changed, on PostgreSQL as programs tell one another. cache has rows that Cached has read; it is nil for a store
	// on SQLite that is not owned.
	versions  *versions
	cache     *cache
	followers followers
	// writers limits the concurrent write transactions of this process on PostgreSQL, groups those on SQLite. lanes and turns,
	// nil on SQLite, are those of InTurn.
	writers *semaphore.Weighted
	groups  groups
	lanes   []groups
	turns   *lines
	// onCommit, if not nil, gets the number of transactions of each commit. Tests set it.
	onCommit func(members int)
	// service is the name of the store's service in metrics, and labels holds it for measurements. They
	// are empty if the store is not observed.
	service              serviceLabel
	labels, hits, misses metric.MeasurementOption
	// fits is what was last seen of the store's schema; who holds fitting looks at it.
	fits    atomic.Pointer[fit]
	fitting sync.Mutex
	// learning is held by the one who reads which tables a store on PostgreSQL has.
	learning sync.Mutex
	// secrets seals the secrets in the rows.
	secrets *sealing.Keys
}

// Statements runs statements: a transaction of database/sql does.
type Statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a transaction on a DB.
type Tx struct {
	Statements
	// Engine is the engine of the transaction, for the few statements that differ.
	Engine Engine
	// Secrets seals and opens the secrets in the rows.
	Secrets *sealing.Keys
	// connection is the connection of the transaction.
	connection *sql.Conn
	// pipelined says that statements can wait for a round trip; see Later.
	pipelined bool
	// told is what the transaction is about.
	told []Subject
	// cache has rows as the transaction sees them, or is nil; see Cached.
	cache *cache
	// changing is what a group on SQLite changes, nil elsewhere.
	changing *changing
	// rows are those that a group on PostgreSQL has read, nil elsewhere. announcing says that reads only announce themselves; see Ahead.
	rows       *groupRows
	announcing bool
}

// Open opens the store at address: `sqlite:PATH`, which is created with its folder if absent, or a
// `postgres://` URL. migrations are those of the service, numbered from 00100; Migrate applies them
// after the platform's own. Open does not connect to PostgreSQL, so a service can start while the
// server is down; Ready reports its state.
func Open(_ context.Context, address string, migrations fs.FS) (*DB, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	var db *DB
	var err error
	switch scheme {
	case "sqlite":
		db, err = openSQLite(rest)
	case "postgres", "postgresql":
		db, err = openPostgreSQL(address)
	default:
		return nil, fmt.Errorf("database URL must start with sqlite: or postgres://, not %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	db.writers = semaphore.NewWeighted(allWriters)
	if db.schema, err = newSchema(db, migrations); err != nil {
		return nil, err
	}
	return db, nil
}

func openSQLite(path string) (*DB, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, fmt.Errorf("database URL sqlite:%s must name a file", path)
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(path) // its log is beside what a link leads to
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", path, err)
	}
	log := newAheadLog(real)
	if err := log.recover(); err != nil {
		return nil, err
	}
	noted := versionsOf(real)
	writer, err := openPool(path, 1, noted, "immediate")
	if err != nil {
		return nil, err
	}
	reader, err := openPool(path, max(4, runtime.NumCPU()), nil, "deferred", "query_only(1)")
	if err != nil {
		return nil, err
	}
	return &DB{
		engine: SQLite, writer: writer, reader: reader, file: path, log: log, versions: noted, groups: groups{shortest: groupTime},
		secrets: sealing.Made(filepath.Join(filepath.Dir(path), sealing.FileName)),
	}, nil
}

// openPool opens connections to a SQLite file, which note what they change unless they change nothing.
func openPool(path string, connections int, noted *versions, txlock string, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_txlock": {txlock}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", sqliteBusyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", fmt.Sprintf("wal_autocheckpoint(%d)", pagesAhead),
	}, pragmas...)}
	opener, err := newConnector("file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode(), noted)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	pool := sql.OpenDB(opener)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

func openPostgreSQL(address string) (*DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", redact(err, address))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.DialFunc = dial
	for name, limit := range map[string]time.Duration{
		"statement_timeout": statementTimeout, "lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": statementTimeout,
	} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = fmt.Sprint(limit.Milliseconds())
		}
	}
	connections, err := connectionsOf(config)
	if err != nil {
		return nil, err
	}
	noted := newVersions()
	noted.shared = true
	pool := sql.OpenDB(postgresConnector{stdlib.GetConnector(*config), noted})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	db := &DB{engine: PostgreSQL, writer: pool, reader: pool, versions: noted, connections: connections, lanes: newLanes(connections), turns: newLines()}
	db.cache = newCache(db, noted)
	db.cache.invalidation = newInvalidation(db)
	return db, nil
}

// connectionsOf returns how many connections the URL allows. It takes the setting, whose name is pgx's, out of config, which
// would send it to the server.
func connectionsOf(config *pgx.ConnConfig) (int, error) {
	const setting = "pool_max_conns"
	given, set := config.RuntimeParams[setting]
	if !set {
		return postgresConnections, nil
	}
	delete(config.RuntimeParams, setting)
	connections, err := strconv.Atoi(given)
	if err != nil || connections < fewestConnections {
		return 0, fmt.Errorf("%s in the database URL must be a number of at least %d, not %q", setting, fewestConnections, given)
	}
	return connections, nil
}

// redact removes the password in the URL from an error.
func redact(err error, address string) error {
	parsed, parseErr := url.Parse(address)
	if parseErr != nil {
		return fmt.Errorf("not a valid URL")
	}
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), address, parsed.Redacted()))
}

// Engine returns the kind of database.
func (db *DB) Engine() Engine { return db.engine }

// closeTime is how long Close waits for the turn to write. Tests set it.
var closeTime = 10 * time.Second

// Close closes all connections. On SQLite it first waits for the transaction or group that is being written; none begins after it. If that takes too long,
// Close fails and leaves everything as it is, so that no other program serves a store that is written. After a failure of the disk it leaves the connections of
// SQLite open, too: the last one to close would copy the log into the store as it is in memory.
func (db *DB) Close() error {
	if db.engine == SQLite {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if _, err := db.groups.turns.wait(ctx, nil); err != nil {
			return fmt.Errorf("closing the store while a transaction runs: %w", err)
		}
		defer db.groups.turns.pass()
	}
	if err := db.log.close(); err != nil {
		return err
	}
	err := db.writer.Close()
	if db.reader != db.writer {
		if readerErr := db.reader.Close(); err == nil {
			err = readerErr
		}
	}
	if db.owned != nil {
		removeProcessor()
		err = errors.Join(err, db.owned.Unlock())
		db.owned = nil
	}
	if err != nil {
		return fmt.Errorf("closing the store: %w", err)
	}
	return nil
}
