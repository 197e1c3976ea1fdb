// Package store is what the stores of all services have in common: transactions as package mutation asks for them, entries
// of the change feed, idempotency records, and the small pieces that reading and writing rows takes. A service's store
// embeds Reader and Writer in its own types, which hold its SQL:
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
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Message shows a resource of the domain as a message of the native API, without secrets.
type Message func(resource any) (proto.Message, error)

// Store runs a domain's transactions on a database: it is a mutation.Store.
type Store[R, W any] struct {
	// DB is the database, for what is no transaction of one tenant.
	DB      *database.DB
	message Message
	reader  func(Reader) R
	writer  func(Writer) W
}

// New is a store on a database, whose readers and writers are made for each transaction. message shows the resources that
// the change feed is told of.
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

// Write runs do in one serialisable transaction on the rows of the caller's tenant, again if it collides with another.
func (s *Store[R, W]) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error { return do(ctx, s.On(tx, by, at)) })
}

// WriteGuarded runs do in one transaction that sees what others commit meanwhile.
func (s *Store[R, W]) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return s.DB.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error { return do(ctx, s.On(tx, by, at)) })
}

// On is the writer for a transaction that was begun otherwise, such as for a piece of work that is leased.
func (s *Store[R, W]) On(tx *database.Tx, by auth.Principal, at time.Time) W {
	return s.writer(NewWriter(tx, s.message, by, at))
}

// Reader reads the rows of one tenant in a transaction.
type Reader struct {
	Tx     *database.Tx
	Tenant auth.Tenant
}

// Writer writes rows of one tenant in a transaction. It is a mutation.Writer.
type Writer struct {
	// Reader reads in the same transaction. It is not embedded, so that a service's writer can embed the service's reader.
	Reader Reader
	// By makes the mutation, whose instant is At, to the microsecond in UTC.
	By      auth.Principal
	At      time.Time
	message Message
}

var _ mutation.Writer = Writer{}

// NewWriter is a writer in a transaction.
func NewWriter(tx *database.Tx, message Message, by auth.Principal, at time.Time) Writer {
	return Writer{Reader: Reader{Tx: tx, Tenant: by.Tenant}, By: by, At: at.UTC().Truncate(time.Microsecond), message: message}
}

// Caller is who makes the mutation.
func (w Writer) Caller() auth.Principal { return w.By }

// Now is the instant of the mutation.
func (w Writer) Now() time.Time { return w.At }
