package line

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with recurring lines. The tenant and the actor are those of the context; without them
// every method is an Unauthenticated fault. Methods answer what the store holds, or a fault, and then nothing changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service on a store. The clock dates changes and nothing else.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create creates a recurring line, or only tells what would be created.
func (s *Service) Create(ctx context.Context, line Line) (Line, error) {
	return mutation.Create(ctx, s.Service, line, func(ctx context.Context, w Writer, created *Line) error {
		return Create(ctx, w, created)
	})
}

// Create creates a line, with the credit that it brings along.
func Create(ctx context.Context, w Creator, line *Line) error {
	settled, err := settleNew(ctx, w, *line)
	if err != nil {
		return err
	}
	*line = settled
	if err := mutation.Explain(w.CreateLine(ctx, line), "recurring line", settled.ID); err != nil {
		return err
	}
	return KeepPendingCredit(ctx, w, *line)
}

// settleNew is a new line as it is to be kept, or a fault with all that is wrong with it.
func settleNew(ctx context.Context, catalogue Catalogue, line Line) (Line, error) {
	var v fault.Violations
	line.open(&v)
	change := changeAll(line)
	line.Item, line.MasterItem, line.MasterAccount, line.BillTo = "", "", "", 0
	settled, err := revise(ctx, &v, catalogue, line, change)
	if err != nil {
		return Line{}, err
	}
	return settled, v.Err()
}

// SettleImported is an imported line as it is to be kept, or a fault with all that is wrong with it. It takes nothing anew:
// what it names, it has. One that keeps the bill-to of a master account need not be receivable to that any more.
func SettleImported(ctx context.Context, catalogue Catalogue, line Line, keepsBillTo bool) (Line, error) {
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
	if err != nil {
		return Line{}, err
	}
	return settled, v.Err()
}

// Get is the recurring line of a number.
func (s *Service) Get(ctx context.Context, id ID) (Line, error) {
	line, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Line, error) { return r.Line(ctx, id) })
	return line, mutation.Explain(err, "recurring line", id)
}

// List is the recurring lines that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Line, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Line, error) { return r.Lines(ctx, query) })
}
