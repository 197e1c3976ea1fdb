package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
)

// LineService is what can be done with recurring lines. The tenant and the actor are those of the context; without them
// every method is an Unauthenticated fault. Methods answer what the store holds, or a fault, and then nothing changed.
type LineService struct {
	store LineStore
	clock clock.Clock
}

// NewLineService is the service on a store. The clock dates changes and nothing else.
func NewLineService(store LineStore, clock clock.Clock) *LineService {
	return &LineService{store: store, clock: clock}
}

// CreateLine creates a recurring line, or only tells what would be created.
func (s *LineService) CreateLine(ctx context.Context, line Line, validateOnly bool) (Line, error) {
	return CreateOnce(ctx, s.store, s.clock, line, validateOnly, func(ctx context.Context, w LineWriter, created *Line) error {
		return createLine(ctx, w, created)
	})
}

// createLine creates a line, with the credit that it brings along.
func createLine(ctx context.Context, w LineCreator, line *Line) error {
	settled, err := settleNew(ctx, w, *line)
	if err != nil {
		return err
	}
	*line = settled
	if err := explain(w.CreateLine(ctx, line), "recurring line", settled.ID); err != nil {
		return err
	}
	return keepPendingCredit(ctx, w, *line)
}

// settleNew is a new line as it is to be kept, or a fault with all that is wrong with it.
func settleNew(ctx context.Context, catalogue LineCatalogue, line Line) (Line, error) {
	var v violations
	line.open(&v)
	change := changeAll(line)
	line.Item, line.MasterItem, line.MasterAccount, line.BillTo = "", "", "", 0
	settled, found, err := revise(ctx, catalogue, line, change)
	if err != nil {
		return Line{}, err
	}
	return settled, append(v, found...).err()
}

// settleImported is an imported line as it is to be kept, or a fault with all that is wrong with it. It takes nothing anew:
// what it names, it has. One that keeps the bill-to of a master account need not be receivable to that any more.
func settleImported(ctx context.Context, catalogue LineCatalogue, line Line, keepsBillTo bool) (Line, error) {
	var v violations
	if line.ID <= 0 {
		v.add(FieldID, "REQUIRED", "must be the number of the line, 1 or more")
	}
	line.open(&v)
	change := changeAll(line)
	if keepsBillTo {
		change.BillTo, change.MasterAccount = nil, nil
	}
	settled, found, err := revise(ctx, catalogue, line, change)
	if err != nil {
		return Line{}, err
	}
	return settled, append(v, found...).err()
}

// Line is the recurring line of a number.
func (s *LineService) Line(ctx context.Context, id LineID) (Line, error) {
	line, err := ReadOnce(ctx, s.store, func(ctx context.Context, r LineReader) (Line, error) { return r.Line(ctx, id) })
	return line, explain(err, "recurring line", id)
}

// Lines is up to limit recurring lines whose number is greater than after, in the order of the numbers.
func (s *LineService) Lines(ctx context.Context, after LineID, limit int) ([]Line, error) {
	return s.LinesWhere(ctx, LineFilter{}, after, limit)
}

// LinesWhere is up to limit recurring lines that pass a filter and whose number is greater than after, in the order of the
// numbers.
func (s *LineService) LinesWhere(ctx context.Context, filter LineFilter, after LineID, limit int) ([]Line, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r LineReader) ([]Line, error) {
		return r.LinesWhere(ctx, filter, after, limit)
	})
}

// LinesOfCustomer is up to limit recurring lines of a customer whose number is greater than after, in the order of the
// numbers.
func (s *LineService) LinesOfCustomer(ctx context.Context, customer CustomerID, after LineID, limit int) ([]Line, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r LineReader) ([]Line, error) {
		return r.LinesOfCustomer(ctx, customer, after, limit)
	})
}
