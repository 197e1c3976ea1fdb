package line

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// billedFor returns what cycle runs bill the line for the given days in minor units, and how.
func (l Line) billedFor(days billing.Span, proration billing.Proration) (total int64, priced []billing.PricedDays, err error) {
	charges, err := l.ChargesFor(days, proration)
	if err != nil {
		return 0, nil, err
	}
	for i := range charges {
		total += charges[i].Amount
		priced = append(priced, billing.PricedDays{Span: charges[i].Span, Period: charges[i].Period, Pricing: charges[i].Pricing})
	}
	return total, priced, nil
}

// ChargesFor returns what cycle runs bill the line for the given days.
func (l Line) ChargesFor(days billing.Span, proration billing.Proration) ([]billing.Charge, error) {
	billed := billing.Billable{
		ID: int32(l.ID), Start: l.Start, End: days.End, BillDay: l.BillDay, Anchor: l.Anchor, Months: l.BillCycle.Months(), Unbilled: days.Start,
		Rates: l.prices(), Proration: proration,
	}
	charges, _, err := billed.Due(days.End.AddDays(-1))
	if err != nil {
		return nil, fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	return charges, nil
}
