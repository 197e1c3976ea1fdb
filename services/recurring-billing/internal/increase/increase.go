package increase

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID is the number of a rate increase.
type ID int32

// State is how far an increase has come.
type State string

// The states of an increase.
//
//	| from                    | to                                | by                      |
//	|-------------------------|-----------------------------------|-------------------------|
//	| PLANNED                 | APPLYING                          | Service.Apply           |
//	| APPLYING                | APPLIED                           | the last step           |
//	| APPLYING                | APPLY_CANCELLED                   | Service.Cancel          |
//	| APPLY_CANCELLED         | APPLYING                          | Service.Apply           |
//	| APPLIED, APPLY_CANCELLED| UNDOING                           | Service.Undo            |
//	| UNDOING                 | UNDONE                            | the last step           |
//	| UNDOING                 | UNDO_CANCELLED                    | Service.Cancel          |
//	| UNDO_CANCELLED          | UNDOING                           | Service.Undo            |
const (
	Planned        State = "PLANNED"
	Applying       State = "APPLYING"
	Applied        State = "APPLIED"
	ApplyCancelled State = "APPLY_CANCELLED"
	Undoing        State = "UNDOING"
	Undone         State = "UNDONE"
	UndoCancelled  State = "UNDO_CANCELLED"
)

// InProgress reports whether a worker has something to do.
func (s State) InProgress() bool { return s == Applying || s == Undoing }

// stopped returns the state of an increase whose job was cancelled.
func (s State) stopped() State {
	switch s {
	case Applying:
		return ApplyCancelled
	case Undoing:
		return UndoCancelled
	}
	return s
}

// Filter chooses open lines. A line must match every list that is not empty.
type Filter struct {
	Items     []catalogue.ItemCode          `json:"items,omitempty"`
	BillTos   []catalogue.BillToID          `json:"bill_tos,omitempty"`
	Customers []catalogue.CustomerID        `json:"customers,omitempty"`
	Masters   []catalogue.MasterAccountCode `json:"masters,omitempty"`
	// RaisedBefore, unless zero, chooses only lines without an increase from that date on.
	RaisedBefore date.Date `json:"raised_before,omitzero"`
}

// Plan is what an increase does.
type Plan struct {
	// Note says what it is for.
	Note   string `json:"note,omitempty"`
	Filter Filter `json:"filter,omitzero"`
	// Excluded holds lines that are left as they are.
	Excluded []line.ID `json:"excluded,omitempty"`
	// Exactly one of Percent, Amount and Override is given. Percent is by how many percent amounts
	// rise, Amount by how much, and Override what they become. The zero Percent means not given.
	Percent  decimal.Decimal `json:"percent,omitzero"`
	Amount   money.Amount    `json:"amount,omitzero"`
	Override money.Amount    `json:"override,omitzero"`
	// Minimum and Maximum bound by how much an amount rises. RoundTo is what new amounts are
	// multiples of, before the bounds hold.
	Minimum money.Amount `json:"minimum,omitzero"`
	Maximum money.Amount `json:"maximum,omitzero"`
	RoundTo money.Amount `json:"round_to,omitzero"`
	// Effective is the date of the new rates, or zero for the next cycle date of each line.
	Effective   date.Date       `json:"effective,omitzero"`
	AtNextCycle bool            `json:"at_next_cycle,omitempty"`
	Reason      line.ReasonCode `json:"reason"`
}

// Progress is what a job has done.
type Progress struct {
	// AppliedTo is the last line that the increase came to, and UndoneTo the last that undoing came to.
	AppliedTo, UndoneTo line.ID
	// Raised counts the lines with a new rate, Skipped those left as they were, Lowered those whose
	// rates were withdrawn, and Kept those that keep their rates after undoing.
	Raised, Skipped, Lowered, Kept int64
	// Change is by how much the monthly amounts changed, less what was undone.
	Change money.Totals
}

// Increase is a rate increase.
type Increase struct {
	ID ID
	Plan
	State State
	// Actor is who requested the job. Rates are changed in this actor's name.
	Actor string
	Progress
	// Attempts counts how often the job failed since it last went on, and Failure says why. They
	// are not kept with a resource that is exported.
	Attempts int
	Failure  string
	// Ended is when the last job ended, or zero.
	Ended time.Time
	mutation.Revision

	tenant auth.Tenant
}

// InTenant returns the increase as one of a tenant's, for work that covers all tenants.
func (i Increase) InTenant(tenant auth.Tenant) Increase {
	i.tenant = tenant
	return i
}

// Stopped returns the increase as it were if its job was cancelled now.
func (i Increase) Stopped() Increase {
	i.State = i.State.stopped()
	return i
}

// Outcome is what becomes of a line.
type Outcome string

// The outcomes.
const (
	Raised  Outcome = "APPLIED"
	Skipped Outcome = "SKIPPED"
	Lowered Outcome = "UNDONE"
	Kept    Outcome = "KEPT"
)

// Line is what an increase does to a line.
type Line struct {
	Increase ID
	Line     line.ID
	Outcome  Outcome
	// Raise is the new rate and what it replaced. A skipped line has only the old amount.
	line.Raise
	// Message says why the line is skipped, or keeps its rate.
	Message string
}
