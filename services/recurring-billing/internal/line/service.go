package line

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service manages recurring lines. The tenant and the actor come from the context; without them,
// every method returns an Unauthenticated fault. If a method returns an error, nothing has changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service that uses store. It reads the clock only to date changes.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create creates a recurring line.
func (s *Service) Create(ctx context.Context, line Line) (Line, error) {
	return mutation.Create(ctx, s.Service, line, func(ctx context.Context, w Writer, created *Line) error {
		return Create(ctx, w, created)
	})
}

// Create checks a line and creates it, with its credits.
func Create(ctx context.Context, w Creator, line *Line) error {
	settled, err := settleNew(ctx, w, *line)
	if err != nil {
		return err
	}
	*line = settled
	if err := mutation.Explain(w.CreateLine(ctx, line), "recurring line", settled.ID); err != nil {
		return err
	}
	return KeepCredits(ctx, w, *line)
}

// settleNew completes a new line, or returns a fault with everything that is wrong with it.
func settleNew(ctx context.Context, catalogue Catalogue, line Line) (Line, error) {
	if err := line.beginCycle(ctx, catalogue); err != nil {
		return Line{}, err
	}
	var v fault.Violations
	line.open(&v)
	change := changeAll(line)
	line.Item, line.MasterItem, line.MasterAccount, line.BillTo = "", "", "", 0
	settled, err := revise(ctx, &v, catalogue, line, change)
	if err == nil {
		err = settled.settleCredits(ctx, &v, catalogue)
	}
	if err != nil {
		return Line{}, err
	}
	return settled, v.Err()
}

// SettleImported completes an imported line, or returns a fault with everything that is wrong with
// it. The line may refer to retired resources. If keepsBillTo is set, it keeps a master account's
// bill-to without being receivable to it.
func SettleImported(ctx context.Context, catalogue Catalogue, line Line, keepsBillTo bool) (Line, error) {
	if err := line.beginCycle(ctx, catalogue); err != nil {
		return Line{}, err
	}
	var v fault.Violations
	if line.ID <= 0 {
		v.Add(FieldID, reason.Required, "must be the number of the line, 1 or more")
	}
	line.open(&v)
	change := changeAll(line)
	if keepsBillTo {
		change.BillTo, change.MasterAccount = nil, nil
	}
	settled, err := revise(ctx, &v, catalogue, line, change)
	if err == nil {
		err = settled.settleCredits(ctx, &v, catalogue)
	}
	if err != nil {
		return Line{}, err
	}
	return settled, v.Err()
}

// Get returns the recurring line with the given number.
func (s *Service) Get(ctx context.Context, id ID) (Line, error) {
	return mutation.Get(ctx, s.Service, "recurring line", Reader.Line, id)
}

// List returns the recurring lines that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Line, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Line, error) { return r.Lines(ctx, query) })
}
