package subscription

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/pricing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// Bill is what a subscription will be billed until a day.
type Bill struct {
	AsOf     date.Date
	Currency string
	Total    decimal.Decimal
	Lines    []BillLine
}

// BillLine is what one service will be billed for days that follow each other, from From until Until. Where cycles are billed after they end, a service
// that was interrupted in the present one has several lines, and one that ended in it has one until its end.
type BillLine struct {
	Service     string
	Product     catalogue.Product
	From, Until date.Date
	// Cycles is of how many cycles the days are.
	Cycles int
	// Amount is nil if the product has no price.
	Amount *decimal.Decimal
}

// FieldAsOf is the field of requests that holds the day of a bill, and mostBillYears bounds it.
const (
	FieldAsOf     = "as_of_date"
	mostBillYears = 10
)

// PreviewBill returns what a subscription will be billed for the cycles to come until a day, as it is now and by the actions that are
// scheduled, amendments of its terms left out: for those that begin after today or, where the scheme bills after a cycle, for those that end after today.
// Faults: OUT_OF_RANGE for the day; NO_BILLING_TERMS; and INVALID_VALUE for a prepaid scheme, and for an account without a currency.
func (s *Service) PreviewBill(ctx context.Context, target Target, asOf date.Date) (Bill, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Bill, error) {
		calendar, err := calendarOf(ctx, r)
		if err != nil {
			return Bill{}, err
		}
		today := calendar.Day(s.Clock.Now())
		if asOf.Before(today) || today.AddMonthsClamped(mostBillYears*monthsOfYear).Before(asOf) {
			return Bill{}, fault.InvalidField(FieldAsOf, reason.OutOfRange, "must lie between %s and ten years after that", today)
		}
		present, err := target.find(ctx, r)
		if err != nil {
			return Bill{}, err
		}
		c, scheme, err := billing(ctx, r, present)
		if err != nil {
			return Bill{}, err
		}
		c.today = today
		cycles := coming(c.terms, scheme, today, asOf)
		if present, err = c.foresee(ctx, present, calendar, cycles); err != nil {
			return Bill{}, err
		}
		history, err := c.past(ctx, present, calendar, today, cycles)
		if err != nil {
			return Bill{}, err
		}
		return c.bill(ctx, present, cycles, history, asOf)
	})
}

const monthsOfYear = 12

// past sets how the present terms took over, if that matters for cycles, and returns what has changed since the
// first day that is billed, the last one executed first.
func (c *costing) past(ctx context.Context, of Subscription, calendar Calendar, today date.Date, cycles []terms.Cycle) (history []dated, err error) {
	if len(cycles) == 0 {
		return nil, nil
	}
	first := cycles[0].Start
	if c.takeover, err = takeoverOf(ctx, c.r, of, today, cycles[0]); err != nil {
		return nil, err
	}
	switch {
	case c.takeover != nil:
		first = earlier(first, earlier(c.takeover.begin, c.takeover.from))
	case c.scheme.Type != catalogue.PostBill:
		return nil, nil
	}
	return since(ctx, c.r, of, calendar, first)
}

// billing returns what a bill is computed from.
func billing(ctx context.Context, r Reader, of Subscription) (*costing, catalogue.BillingTermScheme, error) {
	inForce := of.Terms.Present()
	if inForce == nil {
		return nil, catalogue.BillingTermScheme{}, fault.New(fault.FailedPrecondition, reason.NoBillingTerms,
			"the subscription is %s and has no billing terms in force, so it is not billed", of.State)
	}
	scheme, err := r.BillingTermScheme(ctx, resource.ByID(inForce.Scheme))
	if err == nil && scheme.Prepaid() {
		err = fault.New(fault.FailedPrecondition, reason.InvalidValue, "the scheme %s is prepaid, so the subscription is not billed", scheme.Code)
	}
	if err != nil {
		return nil, scheme, err
	}
	c, err := costingOf(ctx, r, of)
	if err == nil && c == nil {
		err = fault.New(fault.FailedPrecondition, reason.InvalidValue, "the account of the subscription has no currency; give it one")
	}
	if err != nil {
		return nil, scheme, err
	}
	c.scheme = scheme
	return c, scheme, nil
}

// coming returns the cycles that will be billed from one day until another.
func coming(of terms.Terms, scheme catalogue.BillingTermScheme, today, asOf date.Date) (cycles []terms.Cycle) {
	for cycle := of.Cycle(today); ; cycle = of.Cycle(cycle.End) {
		due := cycle.Start
		if scheme.Type == catalogue.PostBill {
			due = cycle.End
		}
		if asOf.Before(due) {
			return cycles
		}
		if today.Before(due) {
			cycles = append(cycles, cycle)
		}
	}
}

// bill returns what the services of a subscription cost for cycles. history is what has changed since the first of them began, the last one first.
func (c *costing) bill(ctx context.Context, of Subscription, cycles []terms.Cycle, history []dated, asOf date.Date) (bill Bill, err error) {
	bill = Bill{AsOf: asOf, Currency: c.currency}
	total := pricing.Zero()
	for _, service := range of.Services {
		for _, days := range c.days(service, cycles, history) {
			line, cost, err := c.line(ctx, service, days)
			if err != nil {
				return Bill{}, err
			}
			bill.Lines, total = append(bill.Lines, line), total.Plus(cost)
		}
	}
	if bill.Total, err = total.Amount(c.currency); err != nil {
		return Bill{}, tooExpensive(err)
	}
	return bill, nil
}

// days returns the days of cycles for which a service is billed. Where cycles are billed before they begin, they are those that begin after today, so
// what a service was before does not count.
func (c *costing) days(service SubscribedService, cycles []terms.Cycle, history []dated) []interval {
	if len(cycles) == 0 {
		return nil
	}
	first, end := cycles[0], cycles[len(cycles)-1].End
	switch post := c.scheme.Type == catalogue.PostBill; {
	case c.takeover != nil && post:
		return c.takeover.postBilled(c, service, history, first, end)
	case c.takeover != nil:
		return c.takeover.preBilled(c, service, history, first, end)
	case post:
		return c.goingOn(c.effective(service, history, first), service, first.End, end)
	}
	return c.goingOn(nil, service, first.Start, end)
}

// line returns what a service costs for days.
func (c *costing) line(ctx context.Context, service SubscribedService, days interval) (line BillLine, cost pricing.Units, err error) {
	line, cost = BillLine{Service: service.ID, From: days.From, Until: days.Until}, pricing.Zero()
	for day := days.From; day.Before(days.Until); day = c.terms.Cycle(day).End {
		line.Cycles++
	}
	if line.Product, err = c.r.Product(ctx, resource.ByID(service.Product)); err != nil {
		return line, cost, err
	}
	price, priced, err := c.price(ctx, service.Product, service.Components...)
	if err != nil || !priced {
		return line, cost, err
	}
	cost = pricing.Between(c.terms, price, line.From, line.Until)
	amount, err := cost.Amount(c.currency)
	if err != nil {
		return line, cost, tooExpensive(err)
	}
	line.Amount = &amount
	return line, cost, nil
}
