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
	settled, err := settle(ctx, w, *line, func(line *Line, _ *Change, _ *fault.Violations) {
		line.Item, line.MasterItem, line.MasterAccount, line.BillTo = "", "", "", 0
	})
	if err != nil {
		return err
	}
	*line = settled
	if number := line.Cancellation.Number; number != 0 {
		taken, err := w.CancellationsOf(ctx, []CancellationNumber{number})
		if err == nil {
			err = line.CheckNumber(taken)
		}
		if err != nil {
			return err
		}
	}
	if err := mutation.Explain(w.CreateLine(ctx, line), "recurring line", settled.ID); err != nil {
		return err
	}
	return KeepCredits(ctx, w, *line)
}

// settle completes a line that comes in, or returns a fault with everything that is wrong with it.
// prepare can alter the line that its own fields are then set in, and which of them are.
func settle(ctx context.Context, catalogue Catalogue, line Line, prepare func(*Line, *Change, *fault.Violations)) (Line, error) {
	if err := line.beginCycle(ctx, catalogue); err != nil {
		return Line{}, err
	}
	var v fault.Violations
	line.open(&v)
	change := changeAll(line)
	prepare(&line, &change, &v)
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
	return settle(ctx, catalogue, line, func(line *Line, change *Change, v *fault.Violations) {
		if line.ID <= 0 {
			v.Add(FieldID, reason.Required, "must be the number of the line, 1 or more")
		}
		if keepsBillTo {
			change.BillTo, change.MasterAccount = nil, nil
		}
	})
}

// Get returns the recurring line with the given number.
func (s *Service) Get(ctx context.Context, id ID) (Line, error) {
	return mutation.Get(ctx, s.Service, "recurring line", Reader.Line, id)
}

// List returns the recurring lines that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Line, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Line, error) { return r.Lines(ctx, query) })
}
