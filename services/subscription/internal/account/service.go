package account

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the accounts of one tenant.
type Reader interface {
	// Account returns the account with a key (its id or its number), or a NotFound fault.
	Account(ctx context.Context, key resource.Key) (Account, error)
	// Accounts returns the accounts that match a query.
	Accounts(ctx context.Context, query listing.Query) ([]Account, error)
	Classifications
	// OpenSubscriptions counts the subscriptions of an account that are neither cancelled, regretted nor replaced.
	OpenSubscriptions(ctx context.Context, id ID) (int64, error)
}

// Classifications reads the account classifications of one tenant.
type Classifications interface {
	// AccountClassification returns the account classification with a key, or a NotFound fault.
	AccountClassification(ctx context.Context, key resource.Key) (catalogue.AccountClassification, error)
}

// Writer reads and writes the accounts of one tenant.
type Writer interface {
	Reader
	resource.Writer
}

// Service offers the operations on accounts.
type Service struct {
	resource.Standard[ID, Account, Reader, Writer, *Account]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{resource.Standard[ID, Account, Reader, Writer, *Account]{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock},
		Kept:    resource.Kept[ID, Account, Writer, *Account]("account", Writer.Account),
		Find:    Reader.Account, Query: Reader.Accounts,
		Prepare: func(ctx context.Context, w Writer, given, present *Account) error {
			if present != nil {
				given.keep(present)
			}
			given.Prepare()
			return given.Check(ctx, w, present, false)
		},
	}}
}
