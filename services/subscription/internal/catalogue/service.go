package catalogue

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
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
	ProductFinder
	// InstalledItem returns the installed item with a key: its id, serial number or alternative
	// code.
	InstalledItem(ctx context.Context, key resource.Key) (InstalledItem, error)
	// AccountClassification returns the account classification with a key: its id, name or alternative code.
	AccountClassification(ctx context.Context, key resource.Key) (AccountClassification, error)
	// AccountClassifications returns the account classifications that match a query.
	AccountClassifications(ctx context.Context, query listing.Query) ([]AccountClassification, error)
	ActionTypeFinder
	// ActionTypes returns the types of actions that match a query.
	ActionTypes(ctx context.Context, query listing.Query) ([]ActionType, error)
	// BillingTermScheme returns the billing term scheme with a key: its id or code.
	BillingTermScheme(ctx context.Context, key resource.Key) (BillingTermScheme, error)
	// BillingTermSchemes returns the billing term schemes that match a query.
	BillingTermSchemes(ctx context.Context, query listing.Query) ([]BillingTermScheme, error)
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

// Writer reads and writes the catalogue of one tenant.
type Writer interface {
	Reader
	resource.Writer
}

// Service offers the operations on the catalogue, by kind.
type Service struct {
	SubscriptionTypes resource.Standard[TypeID, SubscriptionType, Reader, Writer, *SubscriptionType]
	Groups            resource.Standard[GroupID, Group, Reader, Writer, *Group]
	PrivacyLevels     resource.Standard[PrivacyLevelID, PrivacyLevel, Reader, Writer, *PrivacyLevel]
	Products          resource.Standard[ProductID, Product, Reader, Writer, *Product]
	InstalledItems    resource.Standard[ItemID, InstalledItem, Reader, Writer, *InstalledItem]

	AccountClassifications resource.Standard[AccountClassificationID, AccountClassification, Reader, Writer, *AccountClassification]
	ActionTypes            resource.Standard[ActionTypeID, ActionType, Reader, Writer, *ActionType]
	BillingTermSchemes     resource.Standard[terms.SchemeID, BillingTermScheme, Reader, Writer, *BillingTermScheme]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	on := mutation.Service[Reader, Writer]{Store: store, Clock: clock}
	types := standard[TypeID](on, "subscription type", Reader.SubscriptionType, Writer.SubscriptionType, Reader.SubscriptionTypes)
	types.Prepare = prepareType
	schemes := standard[terms.SchemeID](on, "billing term scheme", Reader.BillingTermScheme, Writer.BillingTermScheme, Reader.BillingTermSchemes)
	schemes.Prepare = func(_ context.Context, w Writer, given, _ *BillingTermScheme) error {
		given.Prepare(w.Now())
		return given.Check()
	}
	products := standard[ProductID](on, "product", Reader.Product, Writer.Product, Reader.Products)
	products.Prepare = func(ctx context.Context, w Writer, given, present *Product) error {
		given.Prepare(w.Now())
		return given.CheckOffer(ctx, w, present, false)
	}
	actionTypes := standard[ActionTypeID](on, "action type", Reader.ActionType, Writer.ActionType, Reader.ActionTypes)
	actionTypes.Prepare = func(ctx context.Context, w Writer, given, present *ActionType) error {
		given.Prepare(w.Now())
		return given.CheckParent(ctx, w, present, false)
	}
	return &Service{
		ActionTypes:        actionTypes,
		BillingTermSchemes: schemes,
		SubscriptionTypes:  types,
		Groups:             standard[GroupID](on, "group", Reader.Group, Writer.Group, Reader.Groups),
		PrivacyLevels:      standard[PrivacyLevelID](on, "privacy level", Reader.PrivacyLevel, Writer.PrivacyLevel, Reader.PrivacyLevels),
		Products:           products,
		InstalledItems:     standard[ItemID](on, "installed item", Reader.InstalledItem, Writer.InstalledItem, Reader.InstalledItems),
		AccountClassifications: standard[AccountClassificationID](on, "account classification",
			Reader.AccountClassification, Writer.AccountClassification, Reader.AccountClassifications),
	}
}

// prepared is a resource that can set its defaults.
type prepared[T any] interface {
	resource.Pointer[T]
	Prepare(at time.Time)
}

// standard returns the operations on the resources of a kind. what names the kind in error messages.
func standard[ID ~string, T mutation.Versioned, P prepared[T]](
	on mutation.Service[Reader, Writer], what string, find func(Reader, context.Context, resource.Key) (T, error),
	findToChange func(Writer, context.Context, resource.Key) (T, error), query func(Reader, context.Context, listing.Query) ([]T, error),
) resource.Standard[ID, T, Reader, Writer, P] {
	return resource.Standard[ID, T, Reader, Writer, P]{
		Service: on, Kept: resource.Kept[ID, T, Writer, P](what, findToChange), Find: find, Query: query,
		Prepare: func(_ context.Context, w Writer, given, _ *T) error {
			P(given).Prepare(w.Now())
			return nil
		},
	}
}

func prepareType(ctx context.Context, w Writer, given, present *SubscriptionType) error {
	if present != nil {
		given.touch(present, w.Now())
	}
	given.Prepare(w.Now())
	return given.CheckServices(ctx, w, present, false)
}
