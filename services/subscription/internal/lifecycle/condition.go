package lifecycle

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// checkActive checks the conditions to be active: the account is, billing terms are in force where the type requires them, and no mandatory
// service is missing. Faults: ACCOUNT_NOT_ACTIVE, NO_BILLING_TERMS, MANDATORY_SERVICE.
func (s Situation) checkActive() error {
	switch {
	case !s.AccountActive:
		return inactiveAccount()
	case s.Rules.TermsRequired && !s.HasTerms:
		return fault.New(fault.FailedPrecondition, reason.NoBillingTerms,
			"the subscription is %s and has no billing terms in force, which its type requires; give it some by %s", s.State, NoBindingPeriodChanges)
	}
	return s.CheckServices()
}

// canBeActive reports whether the conditions to be active hold.
func (s Situation) canBeActive() bool { return s.checkActive() == nil }

// CheckServices returns a MANDATORY_SERVICE fault if a mandatory service is missing.
func (s Situation) CheckServices() error {
	if s.Missing == "" {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.MandatoryService,
		"the subscription is %s and would be active without a service of product %s, which its type makes mandatory", s.State, s.Missing)
}

// CheckBinding returns an IN_BINDING fault if the type binds the subscription until the end of its binding period.
func (s Situation) CheckBinding() error {
	if !s.Rules.BoundUntilEnd || s.BoundUntil.IsZero() {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.InBinding,
		"the subscription is %s and in a binding period until %s, before which its type does not let it end", s.State, s.BoundUntil)
}

// CheckReplacement checks that a new subscription of a type with some rules can take over the state, the billing terms and the binding period. missing is a
// service that its type makes mandatory and that it would not have, or empty. Faults: IN_BINDING if the present type binds until the end of the
// binding period and that type does not; and those of the conditions to be active if the subscription is.
func (s Situation) CheckReplacement(by Rules, missing string) error {
	if !by.BoundUntilEnd {
		if err := s.CheckBinding(); err != nil {
			return err
		}
	}
	if s.State != Effective {
		return nil
	}
	taking := s
	taking.Rules, taking.Missing = by, missing
	return taking.checkActive()
}

// CheckLastService checks an operation that takes away the last service of the subscription that is more than a draft. It may do so where the
// whole subscription may be ended in the same way: one that can still be regretted loses its last service to a regret, and is bound otherwise.
// Fault: IN_BINDING.
func (s Situation) CheckLastService(by Operation) error {
	if by == RegretService && s.checkCoolingOff() == nil {
		return nil
	}
	return s.CheckBinding()
}
