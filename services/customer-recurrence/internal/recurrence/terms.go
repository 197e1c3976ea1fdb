package recurrence

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Terms are the state, the cycle and the dates of a recurrence.
type Terms struct {
	// State is where the recurrence is in its life; UndoState is where an undo of its cancellation
	// leads, and is empty unless it is cancelling or cancelled.
	State     State `json:"state,omitempty"`
	UndoState State `json:"undo_state,omitempty"`
	// Cycle is how long the price is for.
	Cycle Cycle `json:"cycle,omitempty"`
	// StartDate is the first day of the first cycle; zero if not known.
	StartDate date.Date `json:"start_date"`
	// PaidUntil is the first day that is not paid; zero if nothing is.
	PaidUntil date.Date `json:"paid_until_date"`
	// EndDate is the first day without the services; zero unless cancelling or cancelled.
	EndDate date.Date `json:"end_date"`
}

// Cycle is how long a price is for.
type Cycle = catalogue.Cycle

// The values of Cycle.
const (
	Monthly    = catalogue.Monthly
	Quarterly  = catalogue.Quarterly
	Semiannual = catalogue.Semiannual
	Annual     = catalogue.Annual
)

// maxPaidYears is the most that can be paid ahead of the start.
const maxPaidYears = 100

// check fills in the defaults and collects violations.
func (t *Terms) check(v *fault.Violations) {
	if t.State == "" {
		t.State = Active
	}
	if t.Cycle == "" {
		t.Cycle = Monthly
	}
	if t.Cycle.Months() == 0 {
		v.Add("cycle", reason.UnknownBillCycle, "must be monthly, quarterly, semiannual or annual")
	}
	if t.PaidUntil.IsZero() || t.StartDate.IsZero() {
		return
	}
	if t.StartDate.AddMonthsClamped(12 * maxPaidYears).Before(t.PaidUntil) {
		v.Add("paid_until_date", reason.OutOfRange, "must be at most %d years after start_date, %s", maxPaidYears, t.StartDate)
	}
}

// checkDates collects the violations of dates that a request sets. Recurrences that were overdue when
// their cycle changed may have others, from before the new cycle began on the first day that is not paid.
func (t Terms) checkDates(v *fault.Violations) {
	if !t.PaidUntil.IsZero() && t.PaidUntil.Before(t.StartDate) {
		v.Add("paid_until_date", reason.BeforeStart, "must not be before start_date, %s", t.StartDate)
	}
}

// checkState collects the violations of an imported state.
func (t *Terms) checkState(v *fault.Violations) {
	ends := t.State == Cancelling || t.State == Cancelled
	switch {
	case !t.State.known():
		v.Add("state", reason.UnknownValue, "must be one of the states of a recurrence")
	case ends && (!t.UndoState.known() || t.UndoState == Cancelling || t.UndoState == Cancelled):
		v.Add("undo_state", reason.UnknownValue, "must be DRAFT, ACTIVE or PAUSED")
	case ends && t.EndDate.IsZero():
		v.Add("end_date", reason.Required, "must be given for a recurrence that is %s", t.State)
	case !ends && (t.UndoState != "" || !t.EndDate.IsZero()):
		v.Add("end_date", reason.Inconsistent, "and undo_state must be absent for a recurrence that is %s", t.State)
	}
}
