package line

import (
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID is the number of a recurring line. (Sedona: CustomerRecurringId.)
type ID int32

// SiteID and SystemID are the numbers of a customer's site and of a system there; 0 means none.
// Both are stored in another system.
type (
	SiteID   int32
	SystemID int32
)

// Line is a charge of a customer that repeats every cycle until it ends. (Sedona: the Customer
// Recurring record.)
type Line struct {
	ID       ID                   `json:"id"`
	Customer catalogue.CustomerID `json:"customer_id"`
	Site     SiteID               `json:"site_id"`
	System   SystemID             `json:"system_id"`
	// BillTo is the account that the line is billed to: one of the customer's, or the master
	// account's.
	BillTo catalogue.BillToID `json:"bill_to_id"`
	// Item is what is billed.
	Item catalogue.ItemCode `json:"item_code"`
	// MasterItem is the item that the line rolls up into on an invoice, or empty if the line stands
	// alone.
	MasterItem catalogue.ItemCode `json:"master_item_code"`
	// MasterAccount is the account that the line is receivable to, or empty for none.
	MasterAccount catalogue.MasterAccountCode `json:"master_account_code"`
	// BillCycle is how often the line is billed.
	BillCycle BillCycle `json:"bill_cycle"`
	// Description is the line's text on an invoice, and Memo a note below it.
	Description string `json:"description"`
	Memo        string `json:"memo"`
	// Job and Branch are codes of another system, or empty.
	Job    string `json:"job_code,omitempty"`
	Branch string `json:"branch_code,omitempty"`
	// Rates holds the monthly amounts by date, at least one, in the order of their dates. The first
	// begins at the start.
	Rates []Rate `json:"rates"`
	// Start is the first day that is billed.
	Start date.Date `json:"start_date"`
	// BillDay is the day of the month on which periods begin, 1 to 31. A shorter month uses its
	// last day.
	BillDay int `json:"bill_day"`
	// Anchor is the first day of a full period, if the line was given one. It is zero if the anchor
	// is the first bill day on or after the start. See AnchorDate.
	Anchor date.Date `json:"anchor_date,omitzero"`
	// End is the first day that is no longer billed, or zero if the line has no end. It equals
	// Start for a line that is cancelled from its start.
	End date.Date `json:"end_date"`
	// NextCycle is the first day that is not billed yet.
	NextCycle date.Date `json:"next_cycle_date"`
	// Unbilled holds days before NextCycle that are not billed and are to be billed at once, in order:
	// because a rate was adjusted, or a pause ended early. The next run bills them.
	Unbilled []billing.Span `json:"unbilled_days,omitempty"`
	// Pauses holds the days on which the line is not billed, in order.
	Pauses []Pause `json:"pauses,omitempty"`
	// Timing is when periods are due.
	Timing Timing `json:"billing_timing,omitempty"`
	// LastCycle is the first day of the period that was billed last, or zero if none was billed.
	LastCycle date.Date `json:"last_cycle_date"`
	// Cancellation tells whether and why the line was cancelled.
	Cancellation Cancellation `json:"cancellation,omitzero"`
	// Credits holds what was credited of the line's billed days, in the order in which it was
	// granted.
	Credits []Credit `json:"credits,omitempty"`
	mutation.Revision
}

// CycleAmount returns the cost of one whole cycle: the monthly amount times the months of the
// cycle. It does not fail for a line that passed its checks.
func (l Line) CycleAmount() (money.Amount, error) { return l.CycleAmountOn(l.NextCycle) }

// AnchorDate returns the first day of a full period. All period boundaries are computed from it.
func (l Line) AnchorDate() date.Date {
	if l.Anchor.IsZero() {
		return billing.FirstAnchor(l.Start, l.BillDay)
	}
	return l.Anchor
}

// BeginPeriodsOn sets the bill day and the anchor so that a full period begins on the given day. It
// is for imported lines whose source records only dates. The bill day is the start's if that fits
// the day, and the day's otherwise. The anchor is set only if it is needed.
func (l *Line) BeginPeriodsOn(day date.Date) {
	if l.Start.IsZero() || day.IsZero() || !l.BillCycle.Valid() {
		return // open rejects it
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
