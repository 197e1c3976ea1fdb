package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with items, bill-tos and master accounts. The tenant and the actor are those of the
// context; without them every method is an Unauthenticated fault. Methods answer what the store holds, or a fault, and then
// nothing changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service on a store. The clock dates changes and nothing else.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// CreateItem creates an item, or only tells what would be created.
func (s *Service) CreateItem(ctx context.Context, item Item) (Item, error) {
	return mutation.Create(ctx, s.Service, item, func(ctx context.Context, w Writer, created *Item) error {
		return CreateItem(ctx, w, created)
	})
}

// CreateItem creates an item if it breaks no rule.
func CreateItem(ctx context.Context, w Creator, item *Item) error {
	if err := item.Check(); err != nil {
		return err
	}
	return mutation.Explain(w.CreateItem(ctx, item), "item", item.Code)
}

// Item is the item of a code.
func (s *Service) Item(ctx context.Context, code ItemCode) (Item, error) {
	item, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Item, error) { return r.Item(ctx, code) })
	return item, mutation.Explain(err, "item", code)
}

// Items is the items that a query asks for.
func (s *Service) Items(ctx context.Context, query listing.Query) ([]Item, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Item, error) { return r.Items(ctx, query) })
}

// CreateBillTo creates a bill-to, or only tells what would be created.
func (s *Service) CreateBillTo(ctx context.Context, billTo BillTo) (BillTo, error) {
	return mutation.Create(ctx, s.Service, billTo, func(ctx context.Context, w Writer, created *BillTo) error {
		return CreateBillTo(ctx, w, created)
	})
}

// CreateBillTo creates a bill-to if it breaks no rule.
func CreateBillTo(ctx context.Context, w Creator, billTo *BillTo) error {
	if err := billTo.check(); err != nil {
		return err
	}
	return mutation.Explain(w.CreateBillTo(ctx, billTo), "bill-to", billTo.ID)
}

// BillTo is the bill-to of a number.
func (s *Service) BillTo(ctx context.Context, id BillToID) (BillTo, error) {
	billTo, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (BillTo, error) { return r.BillTo(ctx, id) })
	return billTo, mutation.Explain(err, "bill-to", id)
}

// BillTos is the bill-tos that a query asks for.
func (s *Service) BillTos(ctx context.Context, query listing.Query) ([]BillTo, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]BillTo, error) { return r.BillTos(ctx, query) })
}

// CreateMasterAccount creates a master account, or only tells what would be created. Its bill-to must be its customer's.
func (s *Service) CreateMasterAccount(ctx context.Context, account MasterAccount) (MasterAccount, error) {
	return mutation.Create(ctx, s.Service, account, func(ctx context.Context, w Writer, created *MasterAccount) error {
		return CreateMasterAccount(ctx, w, created)
	})
}

// CreateMasterAccount creates a master account if it breaks no rule.
func CreateMasterAccount(ctx context.Context, w Creator, account *MasterAccount) error {
	if err := checkMaster(ctx, w, account); err != nil {
		return err
	}
	return mutation.Explain(w.CreateMasterAccount(ctx, account), "master account", account.Code)
}

// MasterAccount is the master account of a code.
func (s *Service) MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error) {
	account, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (MasterAccount, error) { return r.MasterAccount(ctx, code) })
	return account, mutation.Explain(err, "master account", code)
}

// MasterAccounts is the master accounts that a query asks for.
func (s *Service) MasterAccounts(ctx context.Context, query listing.Query) ([]MasterAccount, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]MasterAccount, error) { return r.MasterAccounts(ctx, query) })
}
