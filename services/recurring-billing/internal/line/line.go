package line

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
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
	resource.Revision
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

// Names of a line's fields in violations.
const (
	FieldItem          = "item"
	FieldDescription   = "description"
	FieldMasterItem    = "master_item"
	FieldMasterAccount = "master_account"
	FieldBillCycle     = "bill_cycle"
	FieldMemo          = "memo"
	FieldMonthlyAmount = "monthly_amount"
	FieldEffective     = "effective_date"
	FieldReason        = "reason_code"
	FieldStart         = "start_date"
	FieldAnchor        = "anchor_date"
	FieldEnd           = "end_date"
	FieldNextCycle     = "next_cycle_date"
	FieldLastCycle     = "last_cycle_date"
)

// Lengths of texts, in UTF-16 units.
const (
	maxDescription = 50
	MaxMemo        = 2000
)

// open checks what only a new line can set, and fills in what is left open: the bill day is the start's own, the first
// day not billed yet is the start.
func (l *Line) open(v *resource.Violations) {
	v.CheckNumber(resource.FieldID, int32(l.ID))
	catalogue.CheckCustomer(v, l.Customer)
	v.CheckNumber("site_id", int32(l.Site))
	v.CheckNumber("system_id", int32(l.System))
	l.openRates(v)
	if l.Start.IsZero() {
		v.Add(FieldStart, reason.Required, "must be given")
		return
	}
	checkStart(v, l.Start)
	if l.BillDay == 0 {
		l.BillDay = l.Start.Day()
	}
	if l.BillDay < 1 || l.BillDay > 31 {
		v.Add("bill_day", reason.OutOfRange, "must be a day of the month, 1 to 31, or 0 for the start date's own")
	} else {
		l.openAnchor(v)
	}
	if l.NextCycle.IsZero() {
		l.NextCycle = l.Start
	}
	if l.NextCycle.Before(l.Start) {
		v.Add(FieldNextCycle, reason.BeforeStart, "must not lie before the start date")
	}
	if !l.LastCycle.IsZero() && (l.LastCycle.Before(l.Start) || !l.LastCycle.Before(l.NextCycle)) {
		v.Add(FieldLastCycle, reason.OutOfOrder, "must lie on or after the start date and before the next cycle date")
	}
	l.openEnd(v)
}

// earliestStart and latestStart are the first and the last day that a line can start. They lie far from what anybody bills;
// what lies beyond them is a slip, or a date that stands for none: Sedona's is 1899-12-30.
var earliestStart, latestStart = date.MustNew(1900, time.January, 1), date.MustNew(2199, time.December, 31)

func checkStart(v *resource.Violations, start date.Date) {
	if start.Before(earliestStart) || latestStart.Before(start) {
		v.Add(FieldStart, reason.OutOfRange, fmt.Sprintf("must lie from %s to %s", earliestStart, latestStart))
	}
}

// openAnchor checks the anchor of a new line, and forgets one that it would have anyway.
func (l *Line) openAnchor(v *resource.Violations) {
	switch {
	case l.Anchor.IsZero():
	case !billing.FallsOn(l.Anchor, l.BillDay):
		v.Add(FieldAnchor, reason.NotOnBillDay, fmt.Sprintf("must fall on the bill day, %d, or on the last day of a month that has no such day", l.BillDay))
	case l.Anchor == billing.FirstAnchor(l.Start, l.BillDay):
		l.Anchor = date.Date{}
	}
}

// openEnd checks the end of a new line. One that was cancelled where it lived before may end on its start, and before the
// next cycle date.
func (l *Line) openEnd(v *resource.Violations) {
	if l.Cancelled() {
		l.openCancellation(v)
		return
	}
	switch {
	case l.End.IsZero():
	case !l.Start.Before(l.End):
		v.Add(FieldEnd, reason.BeforeStart, "must lie after the start date: it is the first day that is no longer billed")
	case l.End.Before(l.NextCycle):
		v.Add(FieldNextCycle, reason.AfterEnd, "must not lie after the end date")
	}
}

func (l *Line) openCancellation(v *resource.Violations) {
	const in = "cancellation."
	cancelled := &l.Cancellation
	checkReason(v, in+FieldReason, cancelled.Reason)
	if l.End.Before(l.Start) {
		v.Add(FieldEnd, reason.BeforeStart, "must be given for a cancelled line, and not lie before the start date")
	}
	if !cancelled.FormerEnd.IsZero() && cancelled.FormerEnd.Before(l.End) {
		v.Add(in+"former_end_date", reason.OutOfOrder, "must not lie before the end date")
	}
	if cancelled.Pending && (cancelled.Credit.IsZero() || !l.End.Before(l.NextCycle)) {
		v.Add(in+"credit_pending", reason.Inconsistent, "must not be set without a credit for days from the end date to the next cycle date")
	}
	if cancelled.Credit.IsZero() {
		return
	}
	cancelled.Credit = money.CheckAmount(v, in+"credit", cancelled.Credit)
	if cancelled.Credit.Currency != l.MonthlyAmount().Currency {
		v.Add(in+"credit", reason.AnotherCurrency, "must be in the currency of the line's rates")
	}
}

// checkID refuses a request that says it is for another line.
func checkID(v *resource.Violations, said, id ID) {
	if said != 0 && said != id {
		v.Add(resource.FieldID, reason.IDMismatch, fmt.Sprintf("is %d, but the line to change is %d", said, id))
	}
}

func checkCycle(v *resource.Violations, cycle BillCycle) {
	if !cycle.Valid() {
		v.Add(FieldBillCycle, reason.UnknownBillCycle, "must be a bill cycle: monthly, quarterly, semi-annual or annual")
	}
}

// checkEffective refuses a change from before the line's start.
func checkEffective(v *resource.Violations, effective, start date.Date) {
	if effective.IsZero() {
		v.Add(FieldEffective, reason.Required, "must be given")
	} else if effective.Before(start) {
		v.Add(FieldEffective, reason.BeforeStart, fmt.Sprintf("must not lie before %s, when the line starts", start))
	}
}
