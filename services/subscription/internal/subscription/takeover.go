package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// regime is a time in which a subscription is billed by the same scheme, frequency and day.
type regime struct {
	terms terms.Terms
	kind  catalogue.BillingType
	// first is the id of the first terms of the regime, and begin their first day.
	first string
	begin date.Date
}

// regimesOf returns the regimes of the billing terms that a subscription has had, the present one last. Terms that
// others replaced on their first day are corrections and make none.
func regimesOf(ctx context.Context, r Reader, history terms.History) (regimes []regime, err error) {
	for _, of := range history {
		if last := len(regimes) - 1; last >= 0 && sameBilling(regimes[last].terms, of) {
			continue
		}
		scheme, err := r.BillingTermScheme(ctx, resource.ByID(of.Scheme))
		if err != nil {
			return nil, err
		}
		next := regime{of, scheme.Type, of.ID, of.Effective}
		if last := len(regimes) - 1; last >= 0 && regimes[last].begin == next.begin {
			regimes[last] = next
			continue
		}
		regimes = append(regimes, next)
	}
	return regimes, nil
}

// sameBilling reports whether terms are billed on the same days by the same scheme.
func sameBilling(a, b terms.Terms) bool {
	day := date.MustNew(2000, 1, 1)
	return a.Scheme == b.Scheme && a.Every == b.Every && a.CycleDay == b.CycleDay && a.LastDay == b.LastDay && a.Cycle(day) == b.Cycle(day)
}

// unbilled returns the first day that has not been billed today for a service that was billed all the time. A
// change of terms bills and credits nothing: the cycle in which a regime begins is billed from where the regime
// before had billed until.
func unbilled(regimes []regime, today date.Date) (from date.Date) {
	for i, of := range regimes {
		day := today
		if i+1 < len(regimes) {
			day = regimes[i+1].begin
		}
		cycle := of.terms.Cycle(day)
		goesOn := i == 0 || of.begin.Before(cycle.Start)
		switch {
		case of.kind == catalogue.PostBill && goesOn:
			from = later(from, cycle.Start)
		case of.kind == catalogue.PreBill && goesOn:
			from = later(from, cycle.End)
		case of.kind != catalogue.PostBill && of.kind != catalogue.PreBill: // rates what is used
			from = later(from, day)
		}
	}
	return from
}

func later(a, b date.Date) date.Date {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b date.Date) date.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// takeover is how the present billing terms took over from others.
type takeover struct {
	regime
	// from is the first day that the terms before and the present ones have not billed.
	from date.Date
}

// takeoverOf returns how the present terms took over, or nil if that no longer matters for the cycles from a day on.
func takeoverOf(ctx context.Context, r Reader, of Subscription, today date.Date, first terms.Cycle) (*takeover, error) {
	regimes, err := regimesOf(ctx, r, of.Terms)
	if err != nil || len(regimes) < 2 {
		return nil, err
	}
	present := regimes[len(regimes)-1]
	from := unbilled(regimes, today)
	if from == first.Start && present.begin.Before(first.Start) {
		return nil, nil //nolint:nilnil // neither is there a takeover nor an error
	}
	return &takeover{present, from}, nil
}

// at returns a service as it was when the terms took over, and what had changed before that, the last one first.
func (t *takeover) at(service SubscribedService, history []dated) (was SubscribedService, before []dated) {
	was = service
	for i, past := range history {
		if past.day.Before(t.begin) {
			return was, history[i:]
		}
		if after := past.effect.TermsAfter; after != nil && after.ID == t.first {
			return was, history[i+1:]
		}
		if change, changed := past.of(service.ID); changed {
			was.State, was.Ended = change.From, date.Date{}
		}
	}
	return was, nil
}

// postBilled returns the days of the cycles from first until end for which a service is billed after they end.
func (t *takeover) postBilled(c *costing, service SubscribedService, history []dated, first terms.Cycle, end date.Date) []interval {
	from := t.from
	if was, _ := t.at(service, history); t.begin.Before(from) && !was.State.Billed() {
		from = later(t.begin, first.Start)
	}
	days := c.effective(service, history, terms.Cycle{Start: earlier(from, first.Start), End: first.End})
	return notBefore(c.goingOn(days, service, first.End, end), from)
}

// preBilled returns the days until end for which a service is billed before they begin: those of the cycles from
// first on and those before that no terms have billed. What actions have changed since the present terms took over
// they have charged and credited themselves.
func (t *takeover) preBilled(c *costing, service SubscribedService, history []dated, first terms.Cycle, end date.Date) []interval {
	was, before := t.at(service, history)
	if !t.from.Before(first.Start) {
		from := first.Start
		if was.State.Billed() {
			from = t.from
		}
		return notBefore(c.goingOn(nil, service, first.Start, end), from)
	}
	days := was.effective(before, terms.Cycle{Start: t.from, End: first.Start})
	return c.goingOn(days, service, first.Start, end)
}

// notBefore returns those of the days that are not before a day.
func notBefore(days []interval, day date.Date) (rest []interval) {
	for _, part := range days {
		if part.From = later(part.From, day); part.From.Before(part.Until) {
			rest = append(rest, part)
		}
	}
	return rest
}
