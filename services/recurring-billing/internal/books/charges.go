package books

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// importCharge imports a one-off charge, with the invoice that bills it. The invoice comes later.
func importCharge(ctx context.Context, w Writer, c charge.Charge) (imports.Outcome, error) {
	if c.ID == 0 {
		return imports.OutcomeOf(false, fault.InvalidField(catalogue.FieldID, reason.Required, "must be given"))
	}
	if err := charge.Settle(ctx, w, &c, c); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (charge.Charge, error) { return w.Charge(ctx, c.ID) }, mutation.ErrNotFound,
		func(present charge.Charge) bool {
			present.Revision = mutation.Revision{}
			return c == present
		},
		func() error { return charge.CreateImported(ctx, w, &c) }, "charge", c.ID)
}

// checkCharges adds a violation for each one-off charge of an invoice that is not here as its item
// says.
func (n *named) checkCharges(v *fault.Violations, i *invoice.Invoice) {
	for at := range i.Items {
		item := &i.Items[at]
		if item.OneOff == 0 {
			continue
		}
		field := fmt.Sprintf("items[%d].charge", at)
		c, known := n.charges[charge.ID(item.OneOff)]
		switch {
		case !known:
			v.Add(field, reason.NotFound, "there is no charge %d", item.OneOff)
		case !i.Voiding.Released && c.Invoice != string(i.ID):
			v.Add(field, reason.Inconsistent, "charge %d does not name the invoice as the one that bills it", item.OneOff)
		case !i.Voiding.Released && (c.BillTo != i.BillTo || c.Amount.Currency != i.Currency || c.Amount.Minor() != item.Amount):
			v.Add(field, reason.Inconsistent, "charge %d has another bill-to or amount", item.OneOff)
		}
	}
}
