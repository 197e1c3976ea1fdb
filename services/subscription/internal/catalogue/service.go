package catalogue

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the catalogue of one tenant. What has a key is found by it; a NotFound fault says that there is none.
type Reader interface {
	// SubscriptionType is the subscription type that has a key: its id, its name or its alternative code.
	SubscriptionType(ctx context.Context, key resource.Key) (SubscriptionType, error)
	// Group is the group that has a key: its id, its name or its alternative code.
	Group(ctx context.Context, key resource.Key) (Group, error)
	// PrivacyLevel is the privacy level that has a key: its id or its number.
	PrivacyLevel(ctx context.Context, key resource.Key) (PrivacyLevel, error)
	// Product is the product that has a key: its id, its code or its alternative code.
	Product(ctx context.Context, key resource.Key) (Product, error)
	// InstalledItem is the installed item that has a key: its id, its serial number or its alternative code.
	InstalledItem(ctx context.Context, key resource.Key) (InstalledItem, error)
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

// Writer reads and changes the catalogue of one tenant. What is created is the first version, with its entry in the
// change feed; an AlreadyExists fault says that its id or another key is taken.
type Writer interface {
	Reader
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

// Service is what can be done with the catalogue.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service over a store.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// prepared is a new resource that fills what it leaves open.
type prepared[T any] interface {
	*T
	Prepare(at time.Time)
}

func create[T any, P prepared[T]](ctx context.Context, s *Service, resource T, keep func(Writer, context.Context, *T) error, options []mutation.Option) (T, error) {
	return mutation.Create(ctx, s.Service, resource, func(ctx context.Context, w Writer, created *T) error {
		P(created).Prepare(w.Now())
		return keep(w, ctx, created)
	}, options...)
}

func list[T any](ctx context.Context, s *Service, query listing.Query, read func(Reader, context.Context, listing.Query) ([]T, error)) ([]T, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]T, error) { return read(r, ctx, query) })
}

// CreateSubscriptionType adds a subscription type, filling what it leaves open.
func (s *Service) CreateSubscriptionType(ctx context.Context, subscriptionType SubscriptionType, options ...mutation.Option) (SubscriptionType, error) {
	return create(ctx, s, subscriptionType, Writer.CreateSubscriptionType, options)
}

// SubscriptionType is the subscription type with an id.
func (s *Service) SubscriptionType(ctx context.Context, id TypeID) (SubscriptionType, error) {
	return mutation.Get(ctx, s.Service, "subscription type", Reader.SubscriptionType, resource.ByID(id))
}

// SubscriptionTypes is the subscription types that a query asks for.
func (s *Service) SubscriptionTypes(ctx context.Context, query listing.Query) ([]SubscriptionType, error) {
	return list(ctx, s, query, Reader.SubscriptionTypes)
}

// CreateGroup adds a group, filling what it leaves open.
func (s *Service) CreateGroup(ctx context.Context, group Group, options ...mutation.Option) (Group, error) {
	return create(ctx, s, group, Writer.CreateGroup, options)
}

// Group is the group with an id.
func (s *Service) Group(ctx context.Context, id GroupID) (Group, error) {
	return mutation.Get(ctx, s.Service, "group", Reader.Group, resource.ByID(id))
}

// Groups is the groups that a query asks for.
func (s *Service) Groups(ctx context.Context, query listing.Query) ([]Group, error) {
	return list(ctx, s, query, Reader.Groups)
}

// CreatePrivacyLevel adds a privacy level, filling what it leaves open.
func (s *Service) CreatePrivacyLevel(ctx context.Context, level PrivacyLevel, options ...mutation.Option) (PrivacyLevel, error) {
	return create(ctx, s, level, Writer.CreatePrivacyLevel, options)
}

// PrivacyLevel is the privacy level with an id.
func (s *Service) PrivacyLevel(ctx context.Context, id PrivacyLevelID) (PrivacyLevel, error) {
	return mutation.Get(ctx, s.Service, "privacy level", Reader.PrivacyLevel, resource.ByID(id))
}

// PrivacyLevels is the privacy levels that a query asks for.
func (s *Service) PrivacyLevels(ctx context.Context, query listing.Query) ([]PrivacyLevel, error) {
	return list(ctx, s, query, Reader.PrivacyLevels)
}

// CreateProduct adds a product, filling what it leaves open.
func (s *Service) CreateProduct(ctx context.Context, product Product, options ...mutation.Option) (Product, error) {
	return create(ctx, s, product, Writer.CreateProduct, options)
}

// Product is the product with an id.
func (s *Service) Product(ctx context.Context, id ProductID) (Product, error) {
	return mutation.Get(ctx, s.Service, "product", Reader.Product, resource.ByID(id))
}

// Products is the products that a query asks for.
func (s *Service) Products(ctx context.Context, query listing.Query) ([]Product, error) {
	return list(ctx, s, query, Reader.Products)
}

// CreateInstalledItem adds an installed item, filling what it leaves open.
func (s *Service) CreateInstalledItem(ctx context.Context, item InstalledItem, options ...mutation.Option) (InstalledItem, error) {
	return create(ctx, s, item, Writer.CreateInstalledItem, options)
}

// InstalledItem is the installed item with an id.
func (s *Service) InstalledItem(ctx context.Context, id ItemID) (InstalledItem, error) {
	return mutation.Get(ctx, s.Service, "installed item", Reader.InstalledItem, resource.ByID(id))
}

// InstalledItems is the installed items that a query asks for.
func (s *Service) InstalledItems(ctx context.Context, query listing.Query) ([]InstalledItem, error) {
	return list(ctx, s, query, Reader.InstalledItems)
}
