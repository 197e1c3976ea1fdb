package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
)

// CatalogueService is what can be done with items, bill-tos and master accounts. The tenant and the actor are those of the
// context; without them every method is an Unauthenticated fault. Methods answer what the store holds, or a fault, and then
// nothing changed.
type CatalogueService struct {
	store CatalogueStore
	clock clock.Clock
}

// NewCatalogueService is the service on a store. The clock dates changes and nothing else.
func NewCatalogueService(store CatalogueStore, clock clock.Clock) *CatalogueService {
	return &CatalogueService{store: store, clock: clock}
}

// CreateItem creates an item, or only tells what would be created.
func (s *CatalogueService) CreateItem(ctx context.Context, item Item, validateOnly bool) (Item, error) {
	return CreateOnce(ctx, s.store, s.clock, item, validateOnly, func(ctx context.Context, w CatalogueWriter, created *Item) error {
		return createItem(ctx, w, created)
	})
}

func createItem(ctx context.Context, w CatalogueCreator, item *Item) error {
	if err := item.check(); err != nil {
		return err
	}
	return explain(w.CreateItem(ctx, item), "item", item.Code)
}

// Item is the item of a code.
func (s *CatalogueService) Item(ctx context.Context, code ItemCode) (Item, error) {
	item, err := ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) (Item, error) { return r.Item(ctx, code) })
	return item, explain(err, "item", code)
}

// Items is up to limit items whose number is greater than after, in the order of the numbers.
func (s *CatalogueService) Items(ctx context.Context, after ItemID, limit int) ([]Item, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) ([]Item, error) { return r.Items(ctx, after, limit) })
}

// CreateBillTo creates a bill-to, or only tells what would be created.
func (s *CatalogueService) CreateBillTo(ctx context.Context, billTo BillTo, validateOnly bool) (BillTo, error) {
	return CreateOnce(ctx, s.store, s.clock, billTo, validateOnly, func(ctx context.Context, w CatalogueWriter, created *BillTo) error {
		return createBillTo(ctx, w, created)
	})
}

func createBillTo(ctx context.Context, w CatalogueCreator, billTo *BillTo) error {
	if err := billTo.check(); err != nil {
		return err
	}
	return explain(w.CreateBillTo(ctx, billTo), "bill-to", billTo.ID)
}

// BillTo is the bill-to of a number.
func (s *CatalogueService) BillTo(ctx context.Context, id BillToID) (BillTo, error) {
	billTo, err := ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) (BillTo, error) { return r.BillTo(ctx, id) })
	return billTo, explain(err, "bill-to", id)
}

// BillTos is up to limit bill-tos whose number is greater than after, in the order of the numbers.
func (s *CatalogueService) BillTos(ctx context.Context, after BillToID, limit int) ([]BillTo, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) ([]BillTo, error) { return r.BillTos(ctx, after, limit) })
}

// CreateMasterAccount creates a master account, or only tells what would be created. Its bill-to must be its customer's.
func (s *CatalogueService) CreateMasterAccount(ctx context.Context, account MasterAccount, validateOnly bool) (MasterAccount, error) {
	return CreateOnce(ctx, s.store, s.clock, account, validateOnly, func(ctx context.Context, w CatalogueWriter, created *MasterAccount) error {
		return createMasterAccount(ctx, w, created)
	})
}

func createMasterAccount(ctx context.Context, w CatalogueCreator, account *MasterAccount) error {
	if err := checkMaster(ctx, w, account); err != nil {
		return err
	}
	return explain(w.CreateMasterAccount(ctx, account), "master account", account.Code)
}

// MasterAccount is the master account of a code.
func (s *CatalogueService) MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error) {
	account, err := ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) (MasterAccount, error) { return r.MasterAccount(ctx, code) })
	return account, explain(err, "master account", code)
}

// MasterAccounts is up to limit master accounts whose number is greater than after, in the order of the numbers.
func (s *CatalogueService) MasterAccounts(ctx context.Context, after MasterAccountID, limit int) ([]MasterAccount, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r CatalogueReader) ([]MasterAccount, error) {
		return r.MasterAccounts(ctx, after, limit)
	})
}
