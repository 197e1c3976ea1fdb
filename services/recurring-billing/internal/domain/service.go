package domain

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// Service is what can be done with recurring billing. The tenant and the actor are those of the context; without them
// every method is an Unauthenticated fault. Methods answer what the store holds, or a fault, and then nothing changed.
type Service struct {
	store Store
	clock clock.Clock
}

// NewService is the service on a store. The clock dates changes and nothing else.
func NewService(store Store, clock clock.Clock) *Service { return &Service{store: store, clock: clock} }

// errRehearsed undoes a write that was made to see whether it can be.
var errRehearsed = errors.New("rehearsed")

// write runs a mutation of the caller's in one transaction and gives its outcome: once for each idempotency key, if the
// context carries one. A rehearsal is undone after it has gone well.
func write[T any](ctx context.Context, s *Service, rehearse bool, do func(context.Context, Writer) (T, error)) (outcome T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return outcome, err
	}
	at := s.clock.Now()
	err = s.store.Write(ctx, caller, at, func(ctx context.Context, w Writer) (err error) {
		outcome, err = idempotency.Do(ctx, w, at, func() (T, error) { return do(ctx, w) })
		if err == nil && rehearse {
			return errRehearsed
		}
		return err
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return outcome, err
}

// create creates a resource of the caller's, or only tells what would be created.
func create[T any](ctx context.Context, s *Service, resource T, rehearse bool, do func(context.Context, Writer, *T) error) (T, error) {
	return write(ctx, s, rehearse, func(ctx context.Context, w Writer) (T, error) {
		created := resource
		err := do(ctx, w, &created)
		return created, err
	})
}

// read reads one thing, whatever it is, on a snapshot of the caller's tenant.
func read[T any](ctx context.Context, s *Service, do func(context.Context, Reader) (T, error)) (result T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return result, err
	}
	err = s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) error {
		result, err = do(ctx, r)
		return err
	})
	return result, err
}

// explain turns what the store says of a resource into a fault that says it to the caller.
func explain(err error, what string, key any) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return fault.Wrap(err, fault.NotFound, reason.NotFound, "there is no %s %v", what, key)
	case errors.Is(err, ErrTaken):
		return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "the number or the code of %s %v is taken", what, key)
	case errors.Is(err, ErrStale):
		return fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "%s %v was changed at the same time; try again", what, key)
	case errors.Is(err, ErrNumbersExhausted):
		return fault.Wrap(err, fault.ResourceExhausted, reason.NumbersExhausted, "no number is left for a %s: give it one of your own", what)
	}
	return err
}

// CreateItem creates an item, or only tells what would be created.
func (s *Service) CreateItem(ctx context.Context, item Item, rehearse bool) (Item, error) {
	return create(ctx, s, item, rehearse, createItem)
}

func createItem(ctx context.Context, w Writer, item *Item) error {
	if err := item.check(); err != nil {
		return err
	}
	return explain(w.CreateItem(ctx, item), "item", item.Code)
}

// Item is the item of a code.
func (s *Service) Item(ctx context.Context, code ItemCode) (Item, error) {
	item, err := read(ctx, s, func(ctx context.Context, r Reader) (Item, error) { return r.Item(ctx, code) })
	return item, explain(err, "item", code)
}

// Items is up to limit items whose number is greater than after, in the order of the numbers.
func (s *Service) Items(ctx context.Context, after ItemID, limit int) ([]Item, error) {
	return read(ctx, s, func(ctx context.Context, r Reader) ([]Item, error) { return r.Items(ctx, after, limit) })
}

// CreateBillTo creates a bill-to, or only tells what would be created.
func (s *Service) CreateBillTo(ctx context.Context, billTo BillTo, rehearse bool) (BillTo, error) {
	return create(ctx, s, billTo, rehearse, createBillTo)
}

func createBillTo(ctx context.Context, w Writer, billTo *BillTo) error {
	if err := billTo.check(); err != nil {
		return err
	}
	return explain(w.CreateBillTo(ctx, billTo), "bill-to", billTo.ID)
}

// BillTo is the bill-to of a number.
func (s *Service) BillTo(ctx context.Context, id BillToID) (BillTo, error) {
	billTo, err := read(ctx, s, func(ctx context.Context, r Reader) (BillTo, error) { return r.BillTo(ctx, id) })
	return billTo, explain(err, "bill-to", id)
}

// BillTos is up to limit bill-tos whose number is greater than after, in the order of the numbers.
func (s *Service) BillTos(ctx context.Context, after BillToID, limit int) ([]BillTo, error) {
	return read(ctx, s, func(ctx context.Context, r Reader) ([]BillTo, error) { return r.BillTos(ctx, after, limit) })
}

// CreateMasterAccount creates a master account, or only tells what would be created. Its bill-to must be its customer's.
func (s *Service) CreateMasterAccount(ctx context.Context, account MasterAccount, rehearse bool) (MasterAccount, error) {
	return create(ctx, s, account, rehearse, createMasterAccount)
}

func createMasterAccount(ctx context.Context, w Writer, account *MasterAccount) error {
	if err := checkMaster(ctx, w, account); err != nil {
		return err
	}
	return explain(w.CreateMasterAccount(ctx, account), "master account", account.Code)
}

// MasterAccount is the master account of a code.
func (s *Service) MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error) {
	account, err := read(ctx, s, func(ctx context.Context, r Reader) (MasterAccount, error) { return r.MasterAccount(ctx, code) })
	return account, explain(err, "master account", code)
}

// MasterAccounts is up to limit master accounts whose number is greater than after, in the order of the numbers.
func (s *Service) MasterAccounts(ctx context.Context, after MasterAccountID, limit int) ([]MasterAccount, error) {
	return read(ctx, s, func(ctx context.Context, r Reader) ([]MasterAccount, error) {
		return r.MasterAccounts(ctx, after, limit)
	})
}

// CreateLine creates a recurring line, or only tells what would be created.
func (s *Service) CreateLine(ctx context.Context, line Line, rehearse bool) (Line, error) {
	return create(ctx, s, line, rehearse, createLine)
}

func createLine(ctx context.Context, w Writer, line *Line) error {
	opened := *line
	var v violations
	opened.open(&v)
	change := changeAll(opened)
	opened.Item, opened.MasterItem, opened.MasterAccount, opened.BillTo = "", "", "", 0
	settled, found, err := revise(ctx, w, opened, change)
	if err != nil {
		return err
	}
	v = append(v, found...)
	if err := v.err(); err != nil {
		return err
	}
	*line = settled
	if err := explain(w.CreateLine(ctx, line), "recurring line", settled.ID); err != nil {
		return err
	}
	return keepPendingCredit(ctx, w, *line)
}

// Line is the recurring line of a number.
func (s *Service) Line(ctx context.Context, id LineID) (Line, error) {
	line, err := read(ctx, s, func(ctx context.Context, r Reader) (Line, error) { return r.Line(ctx, id) })
	return line, explain(err, "recurring line", id)
}

// Lines is up to limit recurring lines whose number is greater than after, in the order of the numbers.
func (s *Service) Lines(ctx context.Context, after LineID, limit int) ([]Line, error) {
	return s.LinesWhere(ctx, LineFilter{}, after, limit)
}

// LinesWhere is up to limit recurring lines that pass a filter and whose number is greater than after, in the order of the
// numbers.
func (s *Service) LinesWhere(ctx context.Context, filter LineFilter, after LineID, limit int) ([]Line, error) {
	return read(ctx, s, func(ctx context.Context, r Reader) ([]Line, error) { return r.LinesWhere(ctx, filter, after, limit) })
}
