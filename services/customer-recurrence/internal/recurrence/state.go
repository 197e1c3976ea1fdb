package recurrence

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// State is where a recurrence is in its life.
type State string

// The values of State.
const (
	Draft      State = "DRAFT"
	Active     State = "ACTIVE"
	Paused     State = "PAUSED"
	Cancelling State = "CANCELLING"
	Cancelled  State = "CANCELLED"
)

// Move is what takes a recurrence from one state to another.
type Move string

// The values of Move.
const (
	Activate    Move = "activate"
	Pause       Move = "pause"
	Resume      Move = "resume"
	CancelNow   Move = "cancel"
	CancelAtEnd Move = "cancel at the period's end"
	// End is the move of the calendar: the end date has come.
	End  Move = "end"
	Undo Move = "undo"
)

// before stands in the state table for the state before the cancellation.
const before State = ""

// moves is the state table: where each move leads from each state. What is missing is refused.
var moves = map[Move]map[State]State{
	Activate:    {Draft: Active},
	Pause:       {Active: Paused},
	Resume:      {Paused: Active},
	CancelNow:   {Draft: Cancelled, Active: Cancelled, Paused: Cancelled, Cancelling: Cancelled},
	CancelAtEnd: {Active: Cancelling, Paused: Cancelling},
	End:         {Cancelling: Cancelled},
	Undo:        {Cancelling: before, Cancelled: before},
}

// move takes the recurrence to the state where a move leads. Faults: FailedPrecondition, naming the
// state, if the state table has no such move.
func (r *Recurrence) move(by Move) error {
	to, allowed := moves[by][r.State]
	if !allowed {
		return r.refused(string(by))
	}
	switch {
	case by == Undo:
		r.State, r.UndoState = r.UndoState, ""
	case r.State == Cancelling:
		r.State = to
	case to == Cancelling || to == Cancelled:
		r.State, r.UndoState = to, r.State
	default:
		r.State = to
	}
	return nil
}

// refused returns the fault of what the state does not allow.
func (r *Recurrence) refused(what string) error {
	return fault.New(fault.FailedPrecondition, reason.LifeCycleState, "recurrence %s is %s, which does not allow: %s", r.Key(), r.State, what)
}

// changeable returns a fault if the state lets nothing be changed.
func (r *Recurrence) changeable() error {
	if r.State == Cancelled {
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState,
			"recurrence %s is %s and cannot be changed: undo its cancellation first, or contract another", r.Key(), r.State)
	}
	return nil
}

// known reports whether a state is one of the table's.
func (s State) known() bool {
	switch s {
	case Draft, Active, Paused, Cancelling, Cancelled:
		return true
	}
	return false
}
