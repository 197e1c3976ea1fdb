package increase

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Effect is what an increase does to the monthly revenue.
type Effect struct {
	// Revenue holds the effect by currency.
	Revenue map[money.Currency]Revenue
	Skipped int64
}

// Revenue is the sum of monthly amounts before and after an increase.
type Revenue struct {
	Lines         int64
	Before, After money.Sum
}

// add counts what becomes of a line.
func (e *Effect) add(done *Line) {
	if done.Outcome != Raised {
		e.Skipped++
		return
	}
	currency := done.Old.Currency
	of := e.Revenue[currency]
	of.Lines++
	of.Before = of.Before.Plus(money.SumOf(done.Old.Minor()))
	of.After = of.After.Plus(money.SumOf(done.Rate.MonthlyAmount.Minor()))
	e.Revenue[currency] = of
}

// Preview sends what applying an increase now would do to each line that it has not come to, and
// returns the effect on the revenue. It changes nothing. Lines are read page by page. An increase
// that is being applied, or is not to be applied any more, is refused.
func (s *Service) Preview(ctx context.Context, id ID, send func([]Line) error) (Effect, error) {
	effect := Effect{Revenue: map[money.Currency]Revenue{}}
	caller, err := auth.From(ctx)
	if err != nil {
		return effect, err
	}
	increase, err := s.Get(ctx, id)
	if err != nil {
		return effect, err
	}
	if state, err := increase.toApply(); err != nil {
		return effect, err
	} else if state == increase.State {
		return effect, fault.New(fault.FailedPrecondition, reason.IncreaseStarted, "rate increase %d is %s: there is nothing to preview", id, state)
	}
	for after, more := increase.AppliedTo, true; more; {
		var page []Line
		err := s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) error {
			lines, err := r.Lines(ctx, increase.Filter.query(after, s.lines))
			if err != nil {
				return err
			}
			more, page = len(lines) == s.lines, page[:0]
			for i := range lines {
				after = lines[i].ID
				if !increase.chooses(&lines[i]) {
					continue
				}
				done, err := increase.raise(ctx, r, id, &lines[i])
				if err != nil {
					return err
				}
				page = append(page, done)
			}
			return nil
		})
		if err != nil {
			return effect, err
		}
		for i := range page {
			effect.add(&page[i])
		}
		if err := send(page); err != nil {
			return effect, err
		}
	}
	return effect, nil
}

// query returns the query for the next open lines that the lists of a filter match.
func (f *Filter) query(after line.ID, limit int) listing.Query {
	query := listing.Numbered("name", after, limit)
	query.Where = listing.All(listing.Is("open", true), oneOf("item", f.Items), oneOf("bill_to", f.BillTos), oneOf("customer_id", f.Customers),
		oneOf("master_account", f.Masters))
	return query
}

// oneOf returns the condition that a field has one of some values, or nil for no values.
func oneOf[T any](field string, values []T) listing.Condition {
	if len(values) == 0 {
		return nil
	}
	return listing.IsOneOf(field, values)
}
