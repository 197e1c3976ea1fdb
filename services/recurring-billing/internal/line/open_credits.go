package line

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// FieldCredits names the credits of a line in violations.
const FieldCredits = "credits"

// settleCredits checks the credits of a new line. A pending credit without any is one of the line's
// bill-to for all billed days after the end.
func (l *Line) settleCredits(ctx context.Context, v *fault.Violations, accounts Catalogue) error {
	cancelled := &l.Cancellation
	if !slices.ContainsFunc(l.Credits, func(c Credit) bool { return c.Kind == "" }) {
		if cancelled.Pending && v.None() {
			l.Credits = append(slices.Clip(l.Credits), Credit{BillTo: l.BillTo, From: l.End, To: l.NextCycle, Amount: cancelled.Credit, Reason: cancelled.Reason})
		}
	} else {
		cancelled.Pending = slices.ContainsFunc(l.Credits, func(c Credit) bool { return c.Kind == "" && c.Invoice == "" })
		if v.None() && (cancelled.Credit.IsZero() || l.creditedSum() != money.SumOf(cancelled.Credit.Minor())) {
			v.Add("cancellation.credit", reason.NotTheSum, "must be the sum of the line's credits")
		}
	}
	for i := range l.Credits {
		credit := &l.Credits[i]
		if err := l.checkCredit(ctx, v, accounts, fmt.Sprintf("%s[%d].", FieldCredits, i), credit); err != nil {
			return err
		}
	}
	return nil
}

func (l *Line) checkCredit(ctx context.Context, v *fault.Violations, accounts Catalogue, in string, credit *Credit) error {
	// The next cycle date can go back over credited days, if no invoice bills them any more.
	from := l.Start
	if credit.Kind == "" {
		from = l.End
	}
	if credit.From.Before(from) || !credit.From.Before(credit.To) {
		v.Add(in+FieldEnd, reason.OutOfRange, "must lie after the first credited day, both from %s on", from)
	}
	if credit.Amount.IsZero() {
		v.Add(in+"amount", reason.Required, "must be given")
		return nil
	}
	money.CheckSigned(v, in+"amount", &credit.Amount)
	if credit.Amount.Currency != l.MonthlyAmount().Currency {
		v.Add(in+"amount", reason.AnotherCurrency, "must be in the currency of the line's rates")
	}
	if credit.Kind == "" {
		credit.Reason, credit.Of = l.Cancellation.Reason, ""
	} else {
		CheckReason(v, in+FieldReason, credit.Reason)
	}
	credit.checkElsewhere(v, in)
	_, err := accounts.BillTo(ctx, credit.BillTo)
	if errors.Is(err, mutation.ErrNotFound) {
		v.Add(in+catalogue.FieldBillTo, reason.NotFound, "there is no bill-to %d", credit.BillTo)
		return nil
	}
	return err
}

// checkElsewhere checks how days that were billed elsewhere were priced: they lie in the credit, one
// after the other.
func (c *Credit) checkElsewhere(v *fault.Violations, in string) {
	next := c.From
	for i := range c.Elsewhere {
		priced := &c.Elsewhere[i]
		if priced.Span.Start.Before(next) || c.To.Before(priced.Span.End) || !priced.Fits() {
			v.Add(fmt.Sprintf("%sbilled_elsewhere[%d]", in, i), reason.Inconsistent, "must be days of the credit, after those before, and of a full period that has the cycle, the bill day and the first date")
			return
		}
		next = priced.Span.End
	}
}
