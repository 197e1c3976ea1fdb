package catalogue

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the catalogue of one tenant. If no resource has a key, the error is a NotFound
// fault.
type Reader interface {
	// SubscriptionType returns the subscription type with a key: its id, name or alternative code.
	SubscriptionType(ctx context.Context, key resource.Key) (SubscriptionType, error)
	// Group returns the group with a key: its id, name or alternative code.
	Group(ctx context.Context, key resource.Key) (Group, error)
	// PrivacyLevel returns the privacy level with a key: its id or number.
	PrivacyLevel(ctx context.Context, key resource.Key) (PrivacyLevel, error)
	// Product returns the product with a key: its id, code or alternative code.
	Product(ctx context.Context, key resource.Key) (Product, error)
	// InstalledItem returns the installed item with a key: its id, serial number or alternative
	// code.
	InstalledItem(ctx context.Context, key resource.Key) (InstalledItem, error)
	// SubscriptionTypes returns the subscription types that match a query.
	SubscriptionTypes(ctx context.Context, query listing.Query) ([]SubscriptionType, error)
	// Groups returns the groups that match a query.
	Groups(ctx context.Context, query listing.Query) ([]Group, error)
	// PrivacyLevels returns the privacy levels that match a query.
	PrivacyLevels(ctx context.Context, query listing.Query) ([]PrivacyLevel, error)
	// Products returns the products that match a query.
	Products(ctx context.Context, query listing.Query) ([]Product, error)
	// InstalledItems returns the installed items that match a query.
	InstalledItems(ctx context.Context, query listing.Query) ([]InstalledItem, error)
}

// Writer reads and writes the catalogue of one tenant. Resources are created as version 1, with an
// entry in the change feed. If the id or another key exists, the error is an AlreadyExists fault.
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

// Service offers the operations on the catalogue.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// prepared is a new resource that can set its defaults.
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

// CreateSubscriptionType adds a subscription type with defaults for what is not set.
func (s *Service) CreateSubscriptionType(ctx context.Context, subscriptionType SubscriptionType, options ...mutation.Option) (SubscriptionType, error) {
	return create(ctx, s, subscriptionType, Writer.CreateSubscriptionType, options)
}

// SubscriptionType returns one subscription type.
func (s *Service) SubscriptionType(ctx context.Context, id TypeID) (SubscriptionType, error) {
	return mutation.Get(ctx, s.Service, "subscription type", Reader.SubscriptionType, resource.ByID(id))
}

// SubscriptionTypes returns the subscription types that match a query.
func (s *Service) SubscriptionTypes(ctx context.Context, query listing.Query) ([]SubscriptionType, error) {
	return list(ctx, s, query, Reader.SubscriptionTypes)
}

// CreateGroup adds a group with defaults for what is not set.
func (s *Service) CreateGroup(ctx context.Context, group Group, options ...mutation.Option) (Group, error) {
	return create(ctx, s, group, Writer.CreateGroup, options)
}

// Group returns one group.
func (s *Service) Group(ctx context.Context, id GroupID) (Group, error) {
	return mutation.Get(ctx, s.Service, "group", Reader.Group, resource.ByID(id))
}

// Groups returns the groups that match a query.
func (s *Service) Groups(ctx context.Context, query listing.Query) ([]Group, error) {
	return list(ctx, s, query, Reader.Groups)
}

// CreatePrivacyLevel adds a privacy level with defaults for what is not set.
func (s *Service) CreatePrivacyLevel(ctx context.Context, level PrivacyLevel, options ...mutation.Option) (PrivacyLevel, error) {
	return create(ctx, s, level, Writer.CreatePrivacyLevel, options)
}

// PrivacyLevel returns one privacy level.
func (s *Service) PrivacyLevel(ctx context.Context, id PrivacyLevelID) (PrivacyLevel, error) {
	return mutation.Get(ctx, s.Service, "privacy level", Reader.PrivacyLevel, resource.ByID(id))
}

// PrivacyLevels returns the privacy levels that match a query.
func (s *Service) PrivacyLevels(ctx context.Context, query listing.Query) ([]PrivacyLevel, error) {
	return list(ctx, s, query, Reader.PrivacyLevels)
}

// CreateProduct adds a product with defaults for what is not set.
func (s *Service) CreateProduct(ctx context.Context, product Product, options ...mutation.Option) (Product, error) {
	return create(ctx, s, product, Writer.CreateProduct, options)
}

// Product returns one product.
func (s *Service) Product(ctx context.Context, id ProductID) (Product, error) {
	return mutation.Get(ctx, s.Service, "product", Reader.Product, resource.ByID(id))
}

// Products returns the products that match a query.
func (s *Service) Products(ctx context.Context, query listing.Query) ([]Product, error) {
	return list(ctx, s, query, Reader.Products)
}

// CreateInstalledItem adds an installed item with defaults for what is not set.
func (s *Service) CreateInstalledItem(ctx context.Context, item InstalledItem, options ...mutation.Option) (InstalledItem, error) {
	return create(ctx, s, item, Writer.CreateInstalledItem, options)
}

// InstalledItem returns one installed item.
func (s *Service) InstalledItem(ctx context.Context, id ItemID) (InstalledItem, error) {
	return mutation.Get(ctx, s.Service, "installed item", Reader.InstalledItem, resource.ByID(id))
}

// InstalledItems returns the installed items that match a query.
func (s *Service) InstalledItems(ctx context.Context, query listing.Query) ([]InstalledItem, error) {
	return list(ctx, s, query, Reader.InstalledItems)
}
