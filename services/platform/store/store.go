// Package store implements what the stores of all services share: the transactions of package
// mutation, change feed entries, idempotency records, and helpers to read and write rows. A
// service's store embeds Reader and Writer in its own types, which hold its SQL:
//
//	type reader struct{ store.Reader }
//
//	type writer struct {
//		reader
//		store.Writer
//	}
//
//	func New(db *database.DB, message store.Message) domain.Store {
//		return store.New(db, message,
//			func(r store.Reader) domain.Reader { return &reader{r} },
//			func(w store.Writer) domain.Writer { return &writer{reader{w.Reader}, w} })
//	}
package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Message converts a domain resource to a message of the native API, without secrets.
type Message func(resource any) (proto.Message, error)

// Store runs a domain's transactions on a database. It implements mutation.Store.
type Store[R, W any] struct {
	// DB is the database, for work outside the transactions of a tenant.
	DB      *database.DB
	message Message
	reader  func(Reader) R
	writer  func(Writer) W
	// snapshots holds the kinds of resources that take more than one statement to read.
	snapshots sync.Map
}

// New returns a store on a database. reader and writer create the domain's reader and writer for
// each transaction, and message renders resources for the change feed.
func New[R, W any](db *database.DB, message Message, reader func(Reader) R, writer func(Writer) W) *Store[R, W] {
	return &Store[R, W]{DB: db, message: message, reader: reader, writer: writer}
}

var _ mutation.Store[int, int] = (*Store[int, int])(nil)

// Read runs do on one snapshot of a tenant's rows.
func (s *Store[R, W]) Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error {
	return s.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		return do(ctx, s.reader(Reader{Tx: tx, Tenant: tenant}))
	})
}

// Stream is Read for a do that passes on what it reads while it runs.
func (s *Store[R, W]) Stream(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error {
	return s.DB.Stream(ctx, func(ctx context.Context, tx *database.Tx) error {
		return do(ctx, s.reader(Reader{Tx: tx, Tenant: tenant}))
	})
}

// Find runs do, which reads one resource, without a transaction if one statement is enough for resources of its kind.
func (s *Store[R, W]) Find(ctx context.Context, tenant auth.Tenant, what string, do func(context.Context, R) error) error {
	if _, known := s.snapshots.Load(what); !known {
		err := s.DB.ReadOne(ctx, func(ctx context.Context, tx *database.Tx) error {
			return do(ctx, s.reader(Reader{Tx: tx, Tenant: tenant}))
		})
		if !errors.Is(err, database.ErrSecondStatement) {
			return err
		}
		s.snapshots.Store(what, true)
	}
	return s.Read(ctx, tenant, do)
}

// Write runs do in one serializable transaction on the rows of the caller's tenant, and retries it
// on collisions.
func (s *Store[R, W]) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	if mutation.IsLong(ctx) {
		ctx = database.Long(ctx)
	}
	if about, ok := mutation.About(ctx); ok && s.DB.Engine() == database.PostgreSQL { // on SQLite all take turns
		ctx = database.InTurn(ctx, string(by.Tenant)+"/"+about)
	}
	if mutation.OnlyValidates(ctx) {
		ctx = database.AtOnce(ctx)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error { return do(ctx, s.On(tx, by, at)) })
}

// WriteGuarded runs do in one transaction that sees what others commit while it runs.
func (s *Store[R, W]) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return s.DB.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error { return do(ctx, s.On(tx, by, at)) })
}

// On returns a writer for a transaction that was begun elsewhere, such as one that holds a lease.
func (s *Store[R, W]) On(tx *database.Tx, by auth.Principal, at time.Time) W {
	return s.writer(NewWriter(tx, s.message, by, at))
}

// Reader reads the rows of one tenant in a transaction.
type Reader struct {
	Tx     *database.Tx
	Tenant auth.Tenant
}

// Writer writes rows of one tenant in a transaction. It implements mutation.Writer.
type Writer struct {
	// Reader reads in the same transaction. It is not embedded, so that a service's writer can
	// embed the service's own reader.
	Reader Reader
	// By is the principal of the mutation and At its time in UTC, to the microsecond.
	By      auth.Principal
	At      time.Time
	message Message
}

var (
	_ mutation.Writer    = Writer{}
	_ mutation.Announcer = Writer{}
)

// NewWriter returns a writer for a transaction.
func NewWriter(tx *database.Tx, message Message, by auth.Principal, at time.Time) Writer {
	return Writer{Reader: Reader{Tx: tx, Tenant: by.Tenant}, By: by, At: Kept(at), message: message}
}

// Caller returns the principal of the mutation.
func (w Writer) Caller() auth.Principal { return w.By }

// Ahead announces reads of the mutation; see database.Tx.Ahead. It implements mutation.Announcer.
func (w Writer) Ahead(ctx context.Context, read func(context.Context)) { w.Reader.Tx.Ahead(ctx, read) }

// Now returns the time of the mutation.
func (w Writer) Now() time.Time { return w.At }
