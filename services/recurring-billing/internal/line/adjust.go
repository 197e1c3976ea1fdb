package line

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// billedDays returns those of some days that are billed, in order.
func (l *Line) billedDays(days billing.Span) []billing.Span {
	billed := days.Overlap(billing.Span{Start: l.Start, End: l.NextCycle})
	if billed == (billing.Span{}) {
		return nil
	}
	return minus(billed.Minus(l.Unbilled), PausedDays(l.Pauses))
}

// adjust makes the rates from a day on count for billed days too. Those at which the monthly amount
// changes are credited to who paid, and become days to bill again. Days without an end are all
// billed ones.
func (l *Line) adjust(ctx context.Context, w Writer, days billing.Span, why ReasonCode, before Line) error {
	for i := range l.Rates {
		if !l.Rates[i].Effective.Before(days.Start) {
			l.Rates[i].AppliesFrom = date.Date{}
		}
	}
	l.Rates = withoutReplaced(l.Rates)
	if days.End.IsZero() || l.NextCycle.Before(days.End) {
		days.End = l.NextCycle
	}
	if err := l.keepsPrices(ctx, w, &before, billing.Span{Start: days.End, End: l.NextCycle}); err != nil {
		return err
	}
	proration, err := w.Proration(ctx)
	if err != nil {
		return fmt.Errorf("adjusting line %d: %w", l.ID, err)
	}
	for _, billed := range l.billedDays(days) {
		charged, err := w.Charged(ctx, l.ID, billed, l.MonthlyAmount().Currency)
		if err != nil {
			return fmt.Errorf("adjusting line %d: %w", l.ID, err)
		}
		for _, changed := range l.repriced(&before, billed, charged.Charges) {
			if err := before.giveBack(ctx, w, changed, OfRate, why, proration); err != nil {
				return err
			}
			l.Unbilled = insertDays(l.Unbilled, changed)
		}
	}
	l.Credits = before.Credits
	return nil
}

// keepsPrices rejects an adjustment that ends before billed days whose price only the line's rates tell,
// and which have other rates than before: they would be credited at what they never cost.
func (l *Line) keepsPrices(ctx context.Context, r Charger, before *Line, days billing.Span) error {
	unpriced, err := l.unpriced(ctx, r, l.billedDays(days), func(*billing.Paid) bool { return true })
	if err != nil {
		return err
	}
	var changed []billing.Span
	for _, span := range unpriced {
		for _, same := range l.atOneRate(before, span) {
			if l.RateOn(same.Start).MonthlyAmount != before.RateOn(same.Start).MonthlyAmount {
				changed = insertDays(changed, same)
			}
		}
	}
	if len(changed) > 0 {
		return fault.InvalidField(FieldAdjustUntil, reason.PeriodBilled,
			"must leave out no billed days whose price only the rates of line %d tell: adjust those %s too, which no invoice here prices", l.ID, NameDays(changed))
	}
	return nil
}

// repriced returns those of some billed days on which the monthly amount is not the one that they were
// charged at, in order. For days without a charge that tells, it differs from before.
func (l *Line) repriced(before *Line, days billing.Span, charges []billing.Paid) (changed []billing.Span) {
	add := func(days billing.Span, differs func(day date.Date) bool) {
		for _, same := range l.atOneRate(before, days) {
			if differs(same.Start) {
				changed = insertDays(changed, same)
			}
		}
	}
	fromBefore := func(day date.Date) bool { return l.RateOn(day).MonthlyAmount != before.RateOn(day).MonthlyAmount }
	next := days.Start
	for i := range charges {
		paid := &charges[i]
		shared := paid.Days().Overlap(days)
		if shared == (billing.Span{}) {
			continue
		}
		add(billing.Span{Start: next, End: shared.Start}, fromBefore)
		if paid.Known() {
			add(shared, func(day date.Date) bool { return l.RateOn(day).MonthlyAmount.Minor() != paid.Monthly })
		} else {
			add(shared, fromBefore)
		}
		next = shared.End
	}
	add(billing.Span{Start: next, End: days.End}, fromBefore)
	return changed
}

// atOneRate splits days where a rate of the line begins, now or before.
func (l *Line) atOneRate(before *Line, days billing.Span) (split []billing.Span) {
	cuts := []date.Date{days.Start, days.End}
	for _, rate := range slices.Concat(l.Rates, before.Rates) {
		if days.Start.Before(rate.From()) && rate.From().Before(days.End) {
			cuts = append(cuts, rate.From())
		}
	}
	slices.SortFunc(cuts, date.Date.Compare)
	for i, day := range cuts[1:] {
		if cuts[i].Before(day) {
			split = append(split, billing.Span{Start: cuts[i], End: day})
		}
	}
	return split
}

// insertDays returns spans, which are in order, with another one, joined with its neighbours.
func insertDays(spans []billing.Span, days billing.Span) []billing.Span {
	place, _ := slices.BinarySearchFunc(spans, days.Start, func(s billing.Span, day date.Date) int { return s.Start.Compare(day) })
	var joined []billing.Span
	for _, span := range slices.Insert(slices.Clone(spans), place, days) {
		if last := len(joined) - 1; last >= 0 && joined[last].End == span.Start {
			joined[last].End = span.End
			continue
		}
		joined = append(joined, span)
	}
	return joined
}

// giveBack credits billed days to the bill-tos that were charged for them, invoice by invoice, and
// makes the invoices hold them no more. The credits are added to the line.
func (l *Line) giveBack(ctx context.Context, w Writer, days billing.Span, kind CreditKind, why ReasonCode, proration billing.Proration) error {
	charged, err := w.Charged(ctx, l.ID, days, l.MonthlyAmount().Currency)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	if err := checkUncorrected(l.ID, charged.Bills, "leave the billed days as they are"); err != nil {
		return err
	}
	giver := giver{line: l, kind: kind, why: why, proration: proration}
	next := days.Start
	for i := range charged.Charges {
		paid := &charged.Charges[i]
		shared := paid.Days().Overlap(days)
		if shared == (billing.Span{}) {
			continue
		}
		if err := giver.elsewhere(billing.Span{Start: next, End: shared.Start}); err != nil {
			return err
		}
		if err := giver.give(shared, paid.BillTo, paid.Invoice, paid.For(shared), nil); err != nil {
			return err
		}
		next = shared.End
	}
	if err := giver.elsewhere(billing.Span{Start: next, End: days.End}); err != nil {
		return err
	}
	if err := keepCredits(ctx, w, l.ID, giver.credits); err != nil {
		return err
	}
	l.Credits = append(slices.Clip(l.Credits), giver.credits...)
	return w.ReleaseDays(ctx, l.ID, days)
}

// giver collects the credits of a line for consecutive days.
type giver struct {
	line      *Line
	kind      CreditKind
	why       ReasonCode
	proration billing.Proration
	credits   []Credit
}

// give credits days of an invoice, in minor units. Consecutive days of one invoice are one credit.
// priced is how days were priced that were billed elsewhere.
func (g *giver) give(days billing.Span, billTo int32, invoice string, minor int64, priced []billing.PricedDays) error {
	if last := len(g.credits) - 1; last >= 0 && g.credits[last].Of == invoice {
		minor += g.credits[last].Amount.Minor()
		priced = append(g.credits[last].Elsewhere, priced...)
		days.Start = g.credits[last].From
		g.credits = g.credits[:last]
	}
	amount, err := g.line.MonthlyAmount().Currency.OfMinor(minor)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", g.line.ID, err)
	}
	g.credits = append(g.credits, Credit{
		BillTo: catalogue.BillToID(billTo), From: days.Start, To: days.End, Amount: amount, Reason: g.why, Kind: g.kind, Of: invoice,
		Elsewhere: priced,
	})
	return nil
}

// elsewhere credits days that no invoice bills, at what a cycle run would bill, to the line's
// bill-to.
func (g *giver) elsewhere(days billing.Span) error {
	if !days.Start.Before(days.End) {
		return nil
	}
	minor, priced, err := g.line.billedFor(days, g.proration)
	if err != nil {
		return err
	}
	return g.give(days, int32(g.line.BillTo), "", minor, priced)
}

// Release returns the days that an invoice billed to the line. Days that another invoice billed
// before are to be billed again at once; the line goes back to before the others. If days after the
// others are billed, apart from days that were paused once, the line stays as it is, and they are
// returned.
func (l *Line) Release(invoice string, periods []billing.Span) (further []billing.Span) {
	var again, others []billing.Span
	for _, period := range periods {
		if l.billedBefore(invoice, period) {
			again = append(again, period)
		} else {
			others = append(others, period)
		}
	}
	last, next := len(others), l.NextCycle
	for ; last > 0; last-- {
		if further = l.heldBy(billing.Span{Start: others[last-1].End, End: next}, again); len(further) > 0 {
			break
		}
		next = others[last-1].Start
	}
	if last == len(others) && slices.ContainsFunc(others, func(days billing.Span) bool { return !l.wasResumed(days) }) {
		return further
	}
	again = append(again, others[:last]...)
	if next != l.NextCycle {
		l.returnTo(next)
	}
	for _, days := range again {
		if days.Start.Before(l.NextCycle) {
			l.Unbilled = insertDays(l.Unbilled, days)
		}
	}
	return nil
}

// heldBy returns those of some days that are billed on another invoice than one that is released,
// which billed others of them again.
func (l *Line) heldBy(days billing.Span, again []billing.Span) []billing.Span {
	if !days.Start.Before(days.End) {
		return nil
	}
	return minus(minus(minus([]billing.Span{days}, again), l.Unbilled), PausedDays(l.Pauses))
}

// billedBefore reports whether days that an invoice bills were credited on another one to be billed
// again.
func (l *Line) billedBefore(invoice string, days billing.Span) bool {
	return slices.ContainsFunc(l.Credits, func(c Credit) bool { return c.Kind != "" && c.Of != invoice && c.Span().Overlaps(days) })
}

// returnTo makes a day the first that is not billed.
func (l *Line) returnTo(day date.Date) {
	l.NextCycle = day
	var unbilled []billing.Span
	for _, days := range l.Unbilled {
		if days = days.Overlap(billing.Span{Start: l.Start, End: day}); days != (billing.Span{}) {
			unbilled = append(unbilled, days)
		}
	}
	l.Unbilled = unbilled
}

// creditedSum returns the sum of the credits of a cancellation.
func (l *Line) creditedSum() (total money.Sum) {
	for _, credit := range l.Credits {
		if credit.Kind == "" {
			total = total.Plus(money.SumOf(credit.Amount.Minor()))
		}
	}
	return total
}
