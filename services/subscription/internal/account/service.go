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
	// Account is the account that has a key: its id or its number. A NotFound fault if there is none.
	Account(ctx context.Context, key resource.Key) (Account, error)
	// Accounts are those that a query asks for.
	Accounts(ctx context.Context, query listing.Query) ([]Account, error)
}

// Writer reads and changes the accounts of one tenant.
type Writer interface {
	Reader
	mutation.Writer
	// CreateAccount adds an account as its first version, with its entry in the change feed. An AlreadyExists fault if its id
	// or number is taken.
	CreateAccount(ctx context.Context, account *Account) error
}

// Service is what can be done with accounts.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service over a store.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds an account, filling what it leaves open.
func (s *Service) Create(ctx context.Context, account Account, options ...mutation.Option) (Account, error) {
	return mutation.Create(ctx, s.Service, account, func(ctx context.Context, w Writer, account *Account) error {
		account.Prepare()
		return w.CreateAccount(ctx, account)
	}, options...)
}

// Get is the account with an id.
func (s *Service) Get(ctx context.Context, id ID) (Account, error) {
	return mutation.Get(ctx, s.Service, "account", Reader.Account, resource.ByID(id))
}

// List is the accounts that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Account, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Account, error) { return r.Accounts(ctx, query) })
}
