package billing

import (
	"fmt"
	"iter"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Price is the monthly amount of a line from a day on.
type Price struct {
	// From is the first day at this price.
	From date.Date
	// Monthly is the amount of one month in minor units.
	Monthly int64
	// Effective is the date of the rate as it was asked for, which may lie before From.
	Effective date.Date
}

// Then returns prices, in the order of days, with another one that goes before them from its day on.
// The first price stays for the days before.
func Then(prices []Price, next Price) []Price {
	for len(prices) > 1 && !prices[len(prices)-1].From.Before(next.From) {
		prices = prices[:len(prices)-1]
	}
	return append(prices, next)
}

// Billable holds what billing needs to know of a recurring line.
type Billable struct {
	// ID is the number of the line.
	ID int32
	// BillTo is the number of the bill-to that the line is due from (rule 9), and Currency the
	// currency of its charges.
	BillTo   int32
	Currency string
	// Item is the code of the billed item, and MasterItem the code of the item it rolls up into;
	// `N/A` or empty for none.
	Item, MasterItem string
	// Description is the line's text on an invoice, and Memo a note below it.
	Description, Memo string
	// Start, End, BillDay and Anchor define the line's schedule (rules 1 and 2). End is zero while
	// the line has no end; Anchor is zero unless the line was billed elsewhere before.
	Start, End date.Date
	BillDay    int
	Anchor     date.Date
	// Months is the length of the bill cycle in months.
	Months int
	// Unbilled is the first day that is not billed yet.
	Unbilled date.Date
	// Again holds days before Unbilled that are to be billed again, in order. They are due at once.
	Again []Span
	// Paused holds the days on which the line is not billed, in order (rule 21). The last may end on
	// Never.
	Paused []Span
	// Resumed holds days that are not paused because a pause ended early, in order. Those that are in
	// Again are due at once (rule 22).
	Resumed []Span
	// InArrears tells that parts are due after their last day (rule 23).
	InArrears bool
	// Rates are ordered by day. The first takes effect at the start, whatever its day.
	Rates []Price
	// Proration is how parts of the line's periods are priced.
	Proration Proration
	// Version is the version of the line when it was read.
	Version int64
	// Err tells why the line cannot be billed, if that is already known.
	Err error
}

// StandsAlone reports whether the line rolls up into no master item.
func (l *Billable) StandsAlone() bool { return l.MasterItem == "" || l.MasterItem == "N/A" }

// master returns the master item that the line rolls up into, or nothing if it stands alone.
func (l *Billable) master() string {
	if l.StandsAlone() {
		return ""
	}
	return l.MasterItem
}

// Charge is the cost of one line for a span of days.
type Charge struct {
	// Line is the number of the line.
	Line int32
	// Span holds the charged days, and Period the full period that contains them.
	Span   Span
	Period Span
	// Amount is in minor units.
	Amount int64
	// Held holds those days of Span that are still billed by the charge. Nil means all.
	Held *Span
	// Item, Description and Memo are those of the line.
	Item, Description, Memo string
	Pricing
	Occasion
}

// maxParts is the most periods of a line that one invoice bills (rule 15): a hundred years of
// months.
const maxParts = 1200

// Due returns the charges that are due as of a date, and the parts of periods that they cover. Each
// part appears once, even if rates took effect inside it.
func (l *Billable) Due(asOf date.Date) (charges []Charge, parts []Span, err error) {
	all, parts, err := l.due(asOf, nil, nil)
	for i := range all {
		charges = append(charges, all[i].Charge)
	}
	return charges, parts, err
}

// charged is a charge that is not yet assigned to an item.
type charged struct {
	Charge
	// master is the master item, or empty for a line that stands alone.
	master string
}

// due appends what Due returns.
func (l *Billable) due(asOf date.Date, charges []charged, parts []Span) ([]charged, []Span, error) {
	if !l.End.IsZero() && !l.Unbilled.Before(l.End) && len(l.Again) == 0 {
		return charges, parts, nil // a line cancelled as of its start has no days at all
	}
	schedule, err := NewPeriods(l.Start, l.End, l.Anchor, l.BillDay, l.Months)
	if err != nil {
		return nil, nil, fmt.Errorf("line %d: %w", l.ID, err)
	}
	if l.Err != nil {
		return nil, nil, fmt.Errorf("line %d: %w", l.ID, l.Err)
	}
	if len(l.Rates) == 0 {
		return nil, nil, fmt.Errorf("line %d has no rate", l.ID)
	}
	before := len(parts)
	for part, again := range l.parts(schedule.On(l.Paused, l.InArrears), asOf) {
		if own := parts[before:]; len(own) == maxParts {
			return nil, nil, fmt.Errorf("line %d has more than %d periods due at once, from %s on: see whether its start is right, and if not, "+
				"cancel it as of its start; if it is, bill an earlier date first, no later than %s", l.ID, maxParts, own[0].Start, own[maxParts-1].Start)
		}
		parts = append(parts, part.Span)
		if charges, err = l.charge(charges, part, again); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", l.ID, err)
		}
	}
	return charges, parts, nil
}

// parts returns the parts of the days to bill again, and then those that are due as of a date. again
// tells them apart.
func (l *Billable) parts(schedule Periods, asOf date.Date) iter.Seq2[Part, bool] {
	return func(yield func(part Part, again bool) bool) {
		for _, days := range l.Again {
			for part := range schedule.Within(days) {
				if !yield(part, true) {
					return
				}
			}
		}
		for part := range schedule.Due(l.Unbilled, asOf) {
			if !yield(part, false) {
				return
			}
		}
	}
}

// charge adds the pieces of a part, cut where a rate takes effect.
func (l *Billable) charge(charges []charged, part Part, again bool) ([]charged, error) {
	occasion, rate := l.occasion(part, again), 0
	for {
		for rate+1 < len(l.Rates) && !part.Start.Before(l.Rates[rate+1].From) {
			rate++ // of several rates of one day, the last counts
		}
		piece, last := part, true
		if rate+1 < len(l.Rates) && l.Rates[rate+1].From.Before(part.End) {
			piece.End, part.Start, last = l.Rates[rate+1].From, l.Rates[rate+1].From, false
		}
		monthly := l.Rates[rate].Monthly
		if largest := maxAmount / int64(l.Months); monthly > largest || monthly < -largest {
			return nil, fmt.Errorf("a monthly amount of %d minor units from %s on is too large: lower it", monthly, l.Rates[rate].From)
		}
		priced := Pricing{Monthly: monthly, Months: l.Months, ByMonth: l.Proration.byMonth(part.Period.Start), BillDay: l.BillDay, First: part.first, Rate: l.Rates[rate].dates()}
		amount, err := priced.Cost(piece.Period, piece.Span)
		if err != nil {
			return nil, err
		}
		charges = append(charges, charged{Charge{
			Line: l.ID, Span: piece.Span, Period: piece.Period, Amount: amount,
			Item: l.Item, Description: l.Description, Memo: l.Memo, Pricing: priced, Occasion: occasion,
		}, l.master()})
		if last {
			return charges, nil
		}
	}
}
