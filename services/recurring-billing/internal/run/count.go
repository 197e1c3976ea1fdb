package run

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Filter chooses lines, and with them the credits granted to them: those that fit every list that is not empty. The zero
// Filter chooses all.
type Filter struct {
	// Cycles are the cycles of the lines, Items what they bill, Masters the accounts they are receivable to.
	Cycles  []line.BillCycle              `json:"bill_cycles,omitempty"`
	Items   []catalogue.ItemCode          `json:"items,omitempty"`
	Masters []catalogue.MasterAccountCode `json:"master_accounts,omitempty"`
	// BillTos are the accounts that they are due from.
	BillTos []catalogue.BillToID `json:"bill_tos,omitempty"`
}

// Count is what was billed.
type Count struct {
	// Invoices are the invoices made, Periods the parts of periods of lines that they bill.
	Invoices int64 `json:"invoice_count"`
	Periods  int64 `json:"period_count"`
	// Totals are what the invoices sum to.
	Totals money.Totals `json:"totals"`
	// Drafts are those of them that were left as drafts.
	Drafts invoice.DraftCount `json:"drafts,omitzero"`
}

// Add adds another count.
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
