package account

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the accounts of one tenant.
type Reader interface {
	// Account returns the account with a key (its id or its number), or a NotFound fault.
	Account(ctx context.Context, key resource.Key) (Account, error)
	// Accounts returns the accounts that match a query.
	Accounts(ctx context.Context, query listing.Query) ([]Account, error)
}

// Writer reads and writes the accounts of one tenant.
type Writer interface {
	Reader
	mutation.Writer
	// CreateAccount adds an account as version 1, with its entry in the change feed, or returns an
	// AlreadyExists fault if its id or number exists.
	CreateAccount(ctx context.Context, account *Account) error
}

// Service offers the operations on accounts.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds an account with defaults for what is not set.
func (s *Service) Create(ctx context.Context, account Account, options ...mutation.Option) (Account, error) {
	return mutation.Create(ctx, s.Service, account, func(ctx context.Context, w Writer, account *Account) error {
		account.Prepare()
		return w.CreateAccount(ctx, account)
	}, options...)
}

// Get returns one account.
func (s *Service) Get(ctx context.Context, id ID) (Account, error) {
	return mutation.Get(ctx, s.Service, "account", Reader.Account, resource.ByID(id))
}

// List returns the accounts that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Account, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Account, error) { return r.Accounts(ctx, query) })
}
