package lifecycle

import (
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The amendments of billing terms (pageId=523891). "CANCELED" has one L here.
const (
	NewBindingPeriod       Operation = "NEW_BINDING_PERIOD_TERMS"
	RenewedBindingPeriod   Operation = "RENEWED_BINDING_PERIOD_TERMS"
	ExtendedBindingPeriod  Operation = "EXTENDED_BINDING_PERIOD_TERMS"
	AdjustedBindingPeriod  Operation = "ADJUSTED_BINDING_PERIOD_TERMS"
	CanceledBindingPeriod  Operation = "CANCELED_BINDING_PERIOD_TERMS"
	NoBindingPeriodChanges Operation = "NO_BINDING_PERIOD_TERM_CHANGES"
)

// Amendments are all amendments of billing terms.
var Amendments = []Operation{
	NewBindingPeriod, RenewedBindingPeriod, ExtendedBindingPeriod, AdjustedBindingPeriod, CanceledBindingPeriod, NoBindingPeriodChanges,
}

// OnTerms reports whether the operation amends billing terms.
func (o Operation) OnTerms() bool { return slices.Contains(Amendments, o) }

// CheckAmendment checks that billing terms can be amended in the present state. Fault: LIFE_CYCLE_STATE.
func (s Situation) CheckAmendment(by Operation) error {
	switch s.State {
	case Draft, Effective, NotEffective, InResting:
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.LifeCycleState, "%s is not possible in the present state %s; it is in %s, %s, %s and %s",
		by, s.State, Draft, Effective, NotEffective, InResting)
}
