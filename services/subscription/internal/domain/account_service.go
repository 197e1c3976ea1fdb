package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// AccountReader reads the accounts of one tenant.
type AccountReader interface {
	// Account is the account that has a key: its id or its number. A NotFound fault if there is none.
	Account(ctx context.Context, key Key) (Account, error)
	// Accounts are those that a query asks for.
	Accounts(ctx context.Context, query listing.Query) ([]Account, error)
}

// AccountWriter reads and changes the accounts of one tenant.
type AccountWriter interface {
	AccountReader
	mutation.Writer
	// CreateAccount adds an account as its first version, with its entry in the change feed. An AlreadyExists fault if its id
	// or number is taken.
	CreateAccount(ctx context.Context, account *Account) error
}

// AccountService is what can be done with accounts.
type AccountService struct {
	mutation.Service[AccountReader, AccountWriter]
}

// NewAccountService is the service over a store.
func NewAccountService(store mutation.Store[AccountReader, AccountWriter], clock clock.Clock) *AccountService {
	return &AccountService{mutation.Service[AccountReader, AccountWriter]{Store: store, Clock: clock}}
}

// Create adds an account, filling what it leaves open.
func (s *AccountService) Create(ctx context.Context, account Account, options ...mutation.Option) (Account, error) {
	return mutation.Create(ctx, s.Service, account, func(ctx context.Context, w AccountWriter, account *Account) error {
		account.Prepare()
		return w.CreateAccount(ctx, account)
	}, options...)
}

// Get is the account with an id.
func (s *AccountService) Get(ctx context.Context, id AccountID) (Account, error) {
	return mutation.Get(ctx, s.Service, "account", AccountReader.Account, Key{KeyID, string(id)})
}

// List is the accounts that a query asks for.
func (s *AccountService) List(ctx context.Context, query listing.Query) ([]Account, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r AccountReader) ([]Account, error) { return r.Accounts(ctx, query) })
}
