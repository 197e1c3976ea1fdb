package line

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

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
