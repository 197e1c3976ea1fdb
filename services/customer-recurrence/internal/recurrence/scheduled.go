package recurrence

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// ScheduledState is where a scheduled change is.
type ScheduledState string

// The values of ScheduledState.
const (
	Scheduled ScheduledState = "SCHEDULED"
	Done      ScheduledState = "DONE"
	Withdrawn ScheduledState = "WITHDRAWN"
	Failed    ScheduledState = "FAILED"
)

// ScheduledID identifies a scheduled change within its recurrence.
type ScheduledID string

// ScheduledKey identifies a scheduled change within the tenant.
type ScheduledKey struct {
	Key
	ID ScheduledID
}

// String names the scheduled change in messages.
func (k ScheduledKey) String() string { return fmt.Sprintf("%s of recurrence %s", k.ID, k.Key) }

// ScheduledChange is a change that happens on a day to come. A recurrence has at most one that is
// SCHEDULED.
type ScheduledChange struct {
	// Customer, Recurrence and ID identify it.
	Customer   customer.ID `json:"customer"`
	Recurrence ID          `json:"recurrence"`
	ID         ScheduledID `json:"id"`
	// State is where it is.
	State ScheduledState `json:"state"`
	// Day is the day on which it happens, by the tenant's time zone.
	Day date.Date `json:"effective_date"`
	// Wanted is what it sets.
	Wanted Wanted `json:"wanted"`
	// Note is why, Quote the id of the quote that it came from, Actor who asked for it.
	Note  string `json:"note,omitempty"`
	Quote string `json:"quote,omitempty"`
	Actor string `json:"actor"`
	// Change is the change that it made, 0 unless it is DONE.
	Change Version `json:"change,omitempty"`
	// Problem says why it FAILED; Withdrawal why it was WITHDRAWN, as the caller said.
	Problem    string `json:"problem,omitempty"`
	Withdrawal string `json:"withdrawal,omitempty"`
	// Version starts at 1 and rises with each change.
	Version int64 `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// Etag returns the etag of the present state.
func (s ScheduledChange) Etag() string { return id.Etag(s.Version) }

// Key returns the scheduled change's key.
func (s ScheduledChange) Key() ScheduledKey { return ScheduledKey{Key{s.Customer, s.Recurrence}, s.ID} }

// maxProblem is the maximum length of a problem in UTF-16 units.
const maxProblem = 4000

// Check returns an Invalid fault with all violations of an imported scheduled change, or nil.
func (s *ScheduledChange) Check() error {
	v := &fault.Violations{}
	switch s.State {
	case Scheduled, Done, Withdrawn, Failed:
	default:
		v.Add("state", reason.UnknownValue, "must be one of the states of a scheduled change")
	}
	v.Require("effective_date", !s.Day.IsZero())
	v.PlainText("note", s.Note, MaxNote)
	v.PlainText("withdrawal", s.Withdrawal, MaxNote)
	v.PlainText("problem", s.Problem, maxProblem)
	v.PlainText("quote_id", s.Quote, maxActor)
	v.PlainText("actor", s.Actor, maxActor)
	if s.Change < 0 || s.Change > 0 && s.State != Done {
		v.Add("change", reason.Inconsistent, "must be absent unless it is done")
	}
	// What it sets is checked like a recurrence, of which the rest is valid.
	example := Recurrence{PackageID: "P", Terms: Terms{State: Active, Cycle: Monthly}}
	s.Wanted.Apply(&example)
	example.check(v.In("recurrence"))
	return v.Err()
}
