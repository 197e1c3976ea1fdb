package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service manages items, bill-tos and master accounts. The tenant and the actor come from the
// context; without them, every method returns an Unauthenticated fault. If a method returns an
// error, nothing has changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service that uses store. It reads the clock only to date changes.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// CreateItem creates an item.
func (s *Service) CreateItem(ctx context.Context, item Item) (Item, error) {
	return mutation.Create(ctx, s.Service, item, func(ctx context.Context, w Writer, created *Item) error {
		return CreateItem(ctx, w, created)
	})
}

// CreateItem checks an item and creates it.
func CreateItem(ctx context.Context, w Creator, item *Item) error {
	if err := item.Check(); err != nil {
		return err
	}
	return mutation.Explain(w.CreateItem(ctx, item), "item", item.Code)
}

// Item returns the item with the given code.
func (s *Service) Item(ctx context.Context, code ItemCode) (Item, error) {
	return mutation.Get(ctx, s.Service, "item", Reader.Item, code)
}

// FindItem returns the item with the given code in any spelling.
func (s *Service) FindItem(ctx context.Context, code ItemCode) (Item, error) {
	item, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Item, error) { return r.FindItem(ctx, code) })
	return item, mutation.Explain(err, "item", code)
}

// Items returns the items that match a query.
func (s *Service) Items(ctx context.Context, query listing.Query) ([]Item, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Item, error) { return r.Items(ctx, query) })
}

// CreateBillTo creates a bill-to.
func (s *Service) CreateBillTo(ctx context.Context, billTo BillTo) (BillTo, error) {
	return mutation.Create(ctx, s.Service, billTo, func(ctx context.Context, w Writer, created *BillTo) error {
		return CreateBillTo(ctx, w, created)
	})
}

// CreateBillTo checks a bill-to and creates it.
func CreateBillTo(ctx context.Context, w Creator, billTo *BillTo) error {
	if err := billTo.Check(); err != nil {
		return err
	}
	return mutation.Explain(w.CreateBillTo(ctx, billTo), "bill-to", billTo.ID)
}

// BillTo returns the bill-to with the given number.
func (s *Service) BillTo(ctx context.Context, id BillToID) (BillTo, error) {
	return mutation.Get(ctx, s.Service, "bill-to", Reader.BillTo, id)
}

// BillTos returns the bill-tos that match a query.
func (s *Service) BillTos(ctx context.Context, query listing.Query) ([]BillTo, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]BillTo, error) { return r.BillTos(ctx, query) })
}

// CreateMasterAccount creates a master account. Its bill-to must be active and belong to its customer.
func (s *Service) CreateMasterAccount(ctx context.Context, account MasterAccount) (MasterAccount, error) {
	return mutation.Create(ctx, s.Service, account, func(ctx context.Context, w Writer, created *MasterAccount) error {
		return createMasterAccount(ctx, w, created, 0)
	})
}

// CreateMasterAccount checks an imported master account and creates it. Its bill-to may be retired.
func CreateMasterAccount(ctx context.Context, w Creator, account *MasterAccount) error {
	return createMasterAccount(ctx, w, account, account.BillTo)
}

// createMasterAccount checks a master account and creates it. Its bill-to must be active unless it is
// the allowed one.
func createMasterAccount(ctx context.Context, w Creator, account *MasterAccount, allowed BillToID) error {
	if err := checkMaster(ctx, w, account, allowed); err != nil {
		return err
	}
	return mutation.Explain(w.CreateMasterAccount(ctx, account), "master account", account.Code)
}

// MasterAccount returns the master account with the given code.
func (s *Service) MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error) {
	return mutation.Get(ctx, s.Service, "master account", Reader.MasterAccount, code)
}

// MasterAccounts returns the master accounts that match a query.
func (s *Service) MasterAccounts(ctx context.Context, query listing.Query) ([]MasterAccount, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]MasterAccount, error) { return r.MasterAccounts(ctx, query) })
}
