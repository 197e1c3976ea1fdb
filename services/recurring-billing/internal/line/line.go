package line

import (
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID is a recurring line's number. (Sedona: CustomerRecurringId.)
type ID int32

// SiteID is the number of a customer's site and SystemID that of a system there; 0 means none is recorded. Both are
// kept elsewhere.
type (
	SiteID   int32
	SystemID int32
)

// Line is a charge of a customer that comes back every cycle until it ends. (Sedona: the Customer Recurring record.)
type Line struct {
	ID       ID                   `json:"id"`
	Customer catalogue.CustomerID `json:"customer_id"`
	Site     SiteID               `json:"site_id"`
	System   SystemID             `json:"system_id"`
	// BillTo is the account that the line is billed to: one of the customer's, or that of the master account.
	BillTo catalogue.BillToID `json:"bill_to_id"`
	// Item is what is billed.
	Item catalogue.ItemCode `json:"item_code"`
	// MasterItem is the item that the line is rolled up into on an invoice, empty where the line stands alone.
	MasterItem catalogue.ItemCode `json:"master_item_code"`
	// MasterAccount is the account that the line is receivable to, empty for none.
	MasterAccount catalogue.MasterAccountCode `json:"master_account_code"`
	// BillCycle is how often the line is billed.
	BillCycle BillCycle `json:"bill_cycle"`
	// Description is what the line is called on an invoice, Memo a note below it.
	Description string `json:"description"`
	Memo        string `json:"memo"`
	// Rates is what a month costs, by date: one at least, in the order of their dates, the first from the start.
	Rates []Rate `json:"rates"`
	// Start is the first day that is billed.
	Start date.Date `json:"start_date"`
	// BillDay is the day of the month that periods begin on, 1 to 31; in a shorter month its last day.
	BillDay int `json:"bill_day"`
	// Anchor is the first day of a full period, from which all boundaries are computed, where the line brings its own; none
	// where it is the first date on or after the start that falls on the bill day. See AnchorDate.
	Anchor date.Date `json:"anchor_date,omitzero"`
	// End is the first day that is no longer billed; none while the line goes on. A line that is cancelled from its start
	// ends there.
	End date.Date `json:"end_date"`
	// NextCycle is the first day that is not billed yet.
	NextCycle date.Date `json:"next_cycle_date"`
	// LastCycle is the first day of the period that was billed last; none before the first.
	LastCycle date.Date `json:"last_cycle_date"`
	// Cancellation is that and why the line was cancelled.
	Cancellation Cancellation `json:"cancellation,omitzero"`
	mutation.Revision
}

// CycleAmount is what one whole cycle costs: the monthly amount times the months of the cycle. A line that passed its
// checks has one that can be held.
func (l Line) CycleAmount() (money.Amount, error) { return l.CycleAmountOn(l.NextCycle) }

// AnchorDate is the first day of a full period, from which all boundaries are computed.
func (l Line) AnchorDate() date.Date {
	if l.Anchor.IsZero() {
		return billing.FirstAnchor(l.Start, l.BillDay)
	}
	return l.Anchor
}

// BeginPeriodsOn has the line's full periods begin on a day, whatever lies between its start and it: for a line that comes
// from where nothing but its dates says how its periods lie. Its bill day is the start's own where the day falls on it, or
// else the day's; the day becomes its anchor unless a period begins on it anyway.
func (l *Line) BeginPeriodsOn(day date.Date) {
	if l.Start.IsZero() || day.IsZero() || !l.BillCycle.Valid() {
		return // which open refuses
	}
	l.BillDay = day.Day()
	if billing.FallsOn(day, l.Start.Day()) {
		l.BillDay = l.Start.Day()
	}
	schedule, err := billing.NewPeriods(l.Start, date.Date{}, date.Date{}, l.BillDay, l.BillCycle.Months())
	if err != nil || !schedule.Begins(day) {
		l.Anchor = day
	}
}
