package domain

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// CatalogueReader reads the catalogue of one tenant. What has a key is found by it; a NotFound fault says that there is none.
type CatalogueReader interface {
	// SubscriptionType is the subscription type that has a key: its id, its name or its alternative code.
	SubscriptionType(ctx context.Context, key Key) (SubscriptionType, error)
	// Group is the group that has a key: its id, its name or its alternative code.
	Group(ctx context.Context, key Key) (Group, error)
	// PrivacyLevel is the privacy level that has a key: its id or its number.
	PrivacyLevel(ctx context.Context, key Key) (PrivacyLevel, error)
	// Product is the product that has a key: its id, its code or its alternative code.
	Product(ctx context.Context, key Key) (Product, error)
	// InstalledItem is the installed item that has a key: its id, its serial number or its alternative code.
	InstalledItem(ctx context.Context, key Key) (InstalledItem, error)
	// SubscriptionTypes are those that a query asks for.
	SubscriptionTypes(ctx context.Context, query listing.Query) ([]SubscriptionType, error)
	// Groups are those that a query asks for.
	Groups(ctx context.Context, query listing.Query) ([]Group, error)
	// PrivacyLevels are those that a query asks for.
	PrivacyLevels(ctx context.Context, query listing.Query) ([]PrivacyLevel, error)
	// Products are those that a query asks for.
	Products(ctx context.Context, query listing.Query) ([]Product, error)
	// InstalledItems are those that a query asks for.
	InstalledItems(ctx context.Context, query listing.Query) ([]InstalledItem, error)
}

// CatalogueWriter reads and changes the catalogue of one tenant. What is created is the first version, with its entry in the
// change feed; an AlreadyExists fault says that its id or another key is taken.
type CatalogueWriter interface {
	CatalogueReader
	mutation.Writer
	// CreateSubscriptionType adds a subscription type.
	CreateSubscriptionType(ctx context.Context, subscriptionType *SubscriptionType) error
	// CreateGroup adds a group.
	CreateGroup(ctx context.Context, group *Group) error
	// CreatePrivacyLevel adds a privacy level.
	CreatePrivacyLevel(ctx context.Context, level *PrivacyLevel) error
	// CreateProduct adds a product.
	CreateProduct(ctx context.Context, product *Product) error
	// CreateInstalledItem adds an installed item.
	CreateInstalledItem(ctx context.Context, item *InstalledItem) error
}

// CatalogueService is what can be done with the catalogue.
type CatalogueService struct {
	mutation.Service[CatalogueReader, CatalogueWriter]
}

// NewCatalogueService is the service over a store.
func NewCatalogueService(store mutation.Store[CatalogueReader, CatalogueWriter], clock clock.Clock) *CatalogueService {
	return &CatalogueService{mutation.Service[CatalogueReader, CatalogueWriter]{Store: store, Clock: clock}}
}

// prepared is a new resource that fills what it leaves open.
type prepared[T any] interface {
	*T
	Prepare(at time.Time)
}

func createIn[T any, P prepared[T]](ctx context.Context, s *CatalogueService, resource T, keep func(CatalogueWriter, context.Context, *T) error, options []mutation.Option) (T, error) {
	return mutation.Create(ctx, s.Service, resource, func(ctx context.Context, w CatalogueWriter, created *T) error {
		P(created).Prepare(w.Now())
		return keep(w, ctx, created)
	}, options...)
}

func listIn[T any](ctx context.Context, s *CatalogueService, query listing.Query, read func(CatalogueReader, context.Context, listing.Query) ([]T, error)) ([]T, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r CatalogueReader) ([]T, error) { return read(r, ctx, query) })
}

// CreateSubscriptionType adds a subscription type, filling what it leaves open.
func (s *CatalogueService) CreateSubscriptionType(ctx context.Context, subscriptionType SubscriptionType, options ...mutation.Option) (SubscriptionType, error) {
	return createIn(ctx, s, subscriptionType, CatalogueWriter.CreateSubscriptionType, options)
}

// SubscriptionType is the subscription type with an id.
func (s *CatalogueService) SubscriptionType(ctx context.Context, id TypeID) (SubscriptionType, error) {
	return mutation.Get(ctx, s.Service, "subscription type", CatalogueReader.SubscriptionType, Key{KeyID, string(id)})
}

// SubscriptionTypes is the subscription types that a query asks for.
func (s *CatalogueService) SubscriptionTypes(ctx context.Context, query listing.Query) ([]SubscriptionType, error) {
	return listIn(ctx, s, query, CatalogueReader.SubscriptionTypes)
}

// CreateGroup adds a group, filling what it leaves open.
func (s *CatalogueService) CreateGroup(ctx context.Context, group Group, options ...mutation.Option) (Group, error) {
	return createIn(ctx, s, group, CatalogueWriter.CreateGroup, options)
}

// Group is the group with an id.
func (s *CatalogueService) Group(ctx context.Context, id GroupID) (Group, error) {
	return mutation.Get(ctx, s.Service, "group", CatalogueReader.Group, Key{KeyID, string(id)})
}

// Groups is the groups that a query asks for.
func (s *CatalogueService) Groups(ctx context.Context, query listing.Query) ([]Group, error) {
	return listIn(ctx, s, query, CatalogueReader.Groups)
}

// CreatePrivacyLevel adds a privacy level, filling what it leaves open.
func (s *CatalogueService) CreatePrivacyLevel(ctx context.Context, level PrivacyLevel, options ...mutation.Option) (PrivacyLevel, error) {
	return createIn(ctx, s, level, CatalogueWriter.CreatePrivacyLevel, options)
}

// PrivacyLevel is the privacy level with an id.
func (s *CatalogueService) PrivacyLevel(ctx context.Context, id PrivacyLevelID) (PrivacyLevel, error) {
	return mutation.Get(ctx, s.Service, "privacy level", CatalogueReader.PrivacyLevel, Key{KeyID, string(id)})
}

// PrivacyLevels is the privacy levels that a query asks for.
func (s *CatalogueService) PrivacyLevels(ctx context.Context, query listing.Query) ([]PrivacyLevel, error) {
	return listIn(ctx, s, query, CatalogueReader.PrivacyLevels)
}

// CreateProduct adds a product, filling what it leaves open.
func (s *CatalogueService) CreateProduct(ctx context.Context, product Product, options ...mutation.Option) (Product, error) {
	return createIn(ctx, s, product, CatalogueWriter.CreateProduct, options)
}

// Product is the product with an id.
func (s *CatalogueService) Product(ctx context.Context, id ProductID) (Product, error) {
	return mutation.Get(ctx, s.Service, "product", CatalogueReader.Product, Key{KeyID, string(id)})
}

// Products is the products that a query asks for.
func (s *CatalogueService) Products(ctx context.Context, query listing.Query) ([]Product, error) {
	return listIn(ctx, s, query, CatalogueReader.Products)
}

// CreateInstalledItem adds an installed item, filling what it leaves open.
func (s *CatalogueService) CreateInstalledItem(ctx context.Context, item InstalledItem, options ...mutation.Option) (InstalledItem, error) {
	return createIn(ctx, s, item, CatalogueWriter.CreateInstalledItem, options)
}

// InstalledItem is the installed item with an id.
func (s *CatalogueService) InstalledItem(ctx context.Context, id ItemID) (InstalledItem, error) {
	return mutation.Get(ctx, s.Service, "installed item", CatalogueReader.InstalledItem, Key{KeyID, string(id)})
}

// InstalledItems is the installed items that a query asks for.
func (s *CatalogueService) InstalledItems(ctx context.Context, query listing.Query) ([]InstalledItem, error) {
	return listIn(ctx, s, query, CatalogueReader.InstalledItems)
}
