package account

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/unique"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Reader reads the accounts of one tenant.
type Reader interface {
	// Account returns the account with a key (its id or its number), or a NotFound fault.
	Account(ctx context.Context, key resource.Key) (Account, error)
	Checker
	// Contacts returns the contacts that match a query.
	Contacts(ctx context.Context, query listing.Query) ([]Contact, error)
	// OpenSubscriptions counts the subscriptions of an account that are neither cancelled, regretted nor replaced.
	OpenSubscriptions(ctx context.Context, id ID) (int64, error)
}

// Checker reads what an account is checked by.
type Checker interface {
	Classifications
	Contacts
	// PrivacyLevel returns the privacy level with a key, or a NotFound fault.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// User returns the user with a key, or a NotFound fault.
	User(ctx context.Context, key resource.Key) (organisation.User, error)
	// UserFields returns what the user defined fields of the tenant mean.
	UserFields(ctx context.Context) (userfield.Definitions, error)
}

// Contacts reads the contacts of one tenant.
type Contacts interface {
	// Contact returns the contact with a key, which is its id, or a NotFound fault.
	Contact(ctx context.Context, key resource.Key) (Contact, error)
	// Accounts returns the accounts that match a query.
	Accounts(ctx context.Context, query listing.Query) ([]Account, error)
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
	unique.Writer
}

// Service offers the operations on accounts, and those on contacts.
type Service struct {
	resource.Standard[ID, Account, Reader, Writer, *Account]
	Contacts resource.Standard[ContactID, Contact, Reader, Writer, *Contact]
}

// keptAccounts tells how to find and store accounts.
var keptAccounts = resource.Kept[ID, Account, Writer, *Account]("account", Writer.Account)

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	on := mutation.Service[Reader, Writer]{Store: store, Clock: clock}
	return &Service{
		resource.Standard[ID, Account, Reader, Writer, *Account]{
			Service: on, Kept: keptAccounts, Find: Reader.Account, Query: Reader.Accounts,
			Prepare: func(ctx context.Context, w Writer, given, present *Account) error {
				if present != nil {
					given.keep(present)
				}
				given.Prepare()
				path := userfield.NativePath("account.")
				if err := given.Check(ctx, w, present, false, path); err != nil {
					return err
				}
				return given.KeepUnique(ctx, w, path)
			},
		},
		resource.Standard[ContactID, Contact, Reader, Writer, *Contact]{
			Service: on, Kept: resource.Kept[ContactID, Contact, Writer, *Contact]("contact", Writer.Contact),
			Find: Reader.Contact, Query: Reader.Contacts, Prepare: prepareContact,
		},
	}
}
