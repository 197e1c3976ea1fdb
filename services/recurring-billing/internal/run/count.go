package run

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Filter selects lines and the credits granted to them. A line must match every list that is not
// empty. The zero Filter selects all lines.
type Filter struct {
	// Cycles are bill cycles, Items the items billed, and Masters the master accounts that lines
	// are receivable to.
	Cycles  []line.BillCycle              `json:"bill_cycles,omitempty"`
	Items   []catalogue.ItemCode          `json:"items,omitempty"`
	Masters []catalogue.MasterAccountCode `json:"master_accounts,omitempty"`
	// BillTos are the bill-tos that lines are due from.
	BillTos []catalogue.BillToID `json:"bill_tos,omitempty"`
}

// Count is what was billed.
type Count struct {
	// Invoices is the number of invoices, and Periods the number of parts of periods that they
	// bill.
	Invoices int64 `json:"invoice_count"`
	Periods  int64 `json:"period_count"`
	// Totals is the sum of the invoices by currency.
	Totals money.Totals `json:"totals"`
	// Drafts counts the invoices left as drafts.
	Drafts invoice.DraftCount `json:"drafts,omitzero"`
}

// Add adds another count to c.
func (c *Count) Add(other Count) {
	c.Invoices += other.Invoices
	c.Periods += other.Periods
	c.Drafts.Left += other.Drafts.Left
	c.Drafts.Finalized += other.Drafts.Finalized
	c.Drafts.Discarded += other.Drafts.Discarded
	for currency, sum := range other.Totals {
		c.charge(currency, sum)
	}
}

func (c *Count) charge(currency money.Currency, sum money.Sum) {
	if c.Totals == nil {
		c.Totals = money.Totals{}
	}
	c.Totals[currency] = c.Totals[currency].Plus(sum)
}
