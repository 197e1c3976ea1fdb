package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// BulkReader reads resources of all kinds of one tenant.
type BulkReader interface {
	OrganisationReader
	CatalogueReader
	AccountReader
	Subscription(ctx context.Context, key Key) (Subscription, error)
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
}

// BulkWriter creates resources of all kinds of one tenant.
type BulkWriter interface {
	BulkReader
	mutation.Writer
	CreateOrganisation(ctx context.Context, organisation *Organisation) error
	CreateUser(ctx context.Context, user *User) error
	CreateSession(ctx context.Context, session *Session) error
	CreateSubscriptionType(ctx context.Context, subscriptionType *SubscriptionType) error
	CreateGroup(ctx context.Context, group *Group) error
	CreatePrivacyLevel(ctx context.Context, level *PrivacyLevel) error
	CreateProduct(ctx context.Context, product *Product) error
	CreateInstalledItem(ctx context.Context, item *InstalledItem) error
	CreateAccount(ctx context.Context, account *Account) error
	CreateSubscription(ctx context.Context, subscription *Subscription) error
}

// BulkService imports and exports.
type BulkService struct {
	mutation.Service[BulkReader, BulkWriter]
}

// NewBulkService is the service over a store.
func NewBulkService(store mutation.Store[BulkReader, BulkWriter], clock clock.Clock) *BulkService {
	return &BulkService{mutation.Service[BulkReader, BulkWriter]{Store: store, Clock: clock}}
}

// exportPage is how many resources an export reads at once.
const exportPage = 500

// Export gives out all resources of a tenant that are exported, each after those it refers to, all of one snapshot.
func (s *BulkService) Export(ctx context.Context, tenant auth.Tenant, give func(Resource) error) error {
	return s.Store.Read(ctx, tenant, func(ctx context.Context, r BulkReader) error {
		for _, kind := range movable {
			query := listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: exportPage}
			for more := true; more; {
				page, err := kind.list(ctx, r, query)
				if err != nil {
					return err
				}
				for _, resource := range page {
					if err := give(resource); err != nil {
						return err
					}
					query.After = listing.Cursor{resource.Key()}
				}
				more = len(page) == exportPage
			}
		}
		return nil
	})
}

// list reads the resources of a kind that a query asks for.
type list func(ctx context.Context, r BulkReader, query listing.Query) ([]Resource, error)

func listOf[T any, P interface {
	*T
	Resource
}](read func(BulkReader, context.Context, listing.Query) ([]T, error)) list {
	return func(ctx context.Context, r BulkReader, query listing.Query) ([]Resource, error) {
		found, err := read(r, ctx, query)
		resources := make([]Resource, len(found))
		for i := range found {
			resources[i] = P(&found[i])
		}
		return resources, err
	}
}
