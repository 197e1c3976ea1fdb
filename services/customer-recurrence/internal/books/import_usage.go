package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// importTotal imports what was consumed of a service in a month, after its recurrence.
func importTotal(ctx context.Context, w Writer, wanted usage.Total) (imports.Outcome, error) {
	if err := wanted.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	if _, err := w.Recurrence(ctx, wanted.Recurrence); err != nil {
		return imports.OutcomeOf(false, mutation.Explain(err, "recurrence", wanted.Recurrence))
	}
	find := func() (usage.Total, error) {
		found, err := w.LockTotals(ctx, []usage.Place{wanted.Place}, nil)
		switch {
		case err != nil:
			return usage.Total{}, err
		case len(found) == 0:
			return usage.Total{}, mutation.ErrNotFound
		}
		return found[0], nil
	}
	return imports.One(find, mutation.ErrNotFound,
		func(present usage.Total) bool {
			wanted.ID = present.ID
			return wanted == present
		},
		func() error {
			wanted.ID = usage.TotalID(id.New())
			return w.CreateTotals(ctx, []usage.Total{wanted})
		}, "usage total", wanted.Place)
}

// importAlert imports an alert, after its recurrence. It has the time that it had.
func importAlert(ctx context.Context, w Writer, wanted usage.Alert) (imports.Outcome, error) {
	if err := wanted.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	key := wanted.Key()
	if _, err := w.Recurrence(ctx, key.Key); err != nil {
		return imports.OutcomeOf(false, mutation.Explain(err, "recurrence", key.Key))
	}
	return imports.One(func() (usage.Alert, error) { return w.Alert(ctx, key) }, mutation.ErrNotFound,
		func(present usage.Alert) bool { return wanted == present },
		func() error { return mutation.Explain(w.CreateAlert(ctx, wanted), "usage alert", key) }, "usage alert", key)
}
