package customer

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// State is where a customer is in its life.
type State string

// The values of State.
const (
	// Active is the state of a customer that contracts recurrences.
	Active State = "ACTIVE"
	// Cancelled means that it ended, with its recurrences.
	Cancelled State = "CANCELLED"
	// Merged means that another customer stands for it, for good.
	Merged State = "MERGED"
)

// Life is where a customer is in its life, and how it came there.
type Life struct {
	State State `json:"state,omitempty"`
	// Cancellation is set while the customer is Cancelled.
	Cancellation *Cancellation `json:"cancellation,omitempty"`
	// MergedInto is the customer that stands for one that is Merged.
	MergedInto ID `json:"merged_into,omitempty"`
}

// Cancellation is how a customer was cancelled.
type Cancellation struct {
	// Day is the day on which its recurrences ended.
	Day date.Date `json:"cancel_date"`
	// Note is why, as the caller said.
	Note string `json:"note,omitempty"`
	// RecurrenceIDs are the recurrences that ended with it, which an undo brings back.
	RecurrenceIDs []string `json:"recurrence_ids,omitempty"`
}

// MaxEnded is the most recurrences that a cancellation ends, and that a merge moves.
const MaxEnded = 1000

// maxNote is the maximum length of a note in UTF-16 units.
const maxNote = 1000

// Expect returns a FailedPrecondition fault that names the state, unless the customer is in the state
// that it must be in for something.
func (c Customer) Expect(state State, what string) error {
	switch c.State {
	case state:
		return nil
	case Merged:
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState,
			"customer %s is %s into customer %s, which stands for it; that does not allow: %s", c.ID, c.State, c.MergedInto, what)
	default:
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState, "customer %s is %s, which does not allow: %s", c.ID, c.State, what)
	}
}

// checkLife collects the violations of an imported state.
func (c Customer) checkLife(v *fault.Violations) {
	switch {
	case c.State != Active && c.State != Cancelled && c.State != Merged:
		v.Add("state", reason.UnknownValue, "must be one of the states of a customer")
	case (c.State == Cancelled) != (c.Cancellation != nil):
		v.Add("cancellation", reason.Inconsistent, "must be given for a customer that is CANCELLED, and for no other")
	case (c.State == Merged) != (c.MergedInto != "") || c.MergedInto == c.ID:
		v.Add("merged_into", reason.Inconsistent, "must name another customer for one that is MERGED, and be empty for any other")
	}
	if c.Cancellation == nil {
		return
	}
	v = v.In("cancellation")
	v.Require("cancel_date", !c.Cancellation.Day.IsZero())
	v.PlainText("note", c.Cancellation.Note, maxNote)
	if len(c.Cancellation.RecurrenceIDs) > MaxEnded {
		v.Add("recurrence_ids", reason.TooMany, "must be at most %d", MaxEnded)
	}
}
