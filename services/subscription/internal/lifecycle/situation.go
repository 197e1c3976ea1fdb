package lifecycle

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Rules are the rules of a subscription type. 0 days mean that there is no such limit, or no cooling-off.
type Rules struct {
	// CoolingOffDays is how many days after its first activation a subscription can be regretted.
	CoolingOffDays int `json:"cooling_off_days,omitempty"`
	// MaxRestingDays and MaxShortTermDays bound a rest, and a short term.
	MaxRestingDays   int `json:"max_resting_days,omitempty"`
	MaxShortTermDays int `json:"max_short_term_days,omitempty"`
	// VerifyActivation makes the activation of a draft wait for a verification.
	VerifyActivation bool `json:"verify_activation,omitempty"`
	// TermsRequired makes an activation need billing terms in force.
	TermsRequired bool `json:"terms_required,omitempty"`
	// BoundUntilEnd refuses to cancel or replace a subscription in a binding period, and to take away its last service unless by regretting it within
	// the cooling-off days of the subscription. Drafts of services do not count.
	BoundUntilEnd bool `json:"bound_until_end,omitempty"`
	// RestsExtend lets the days of a rest extend the binding period in which it began.
	RestsExtend bool `json:"rests_extend,omitempty"`
}

// Situation is what the rules look at.
type Situation struct {
	State State
	// Before is the state before a rest, or empty.
	Before State
	// FirstActivated is the date of the first activation, or zero.
	FirstActivated date.Date
	// AccountActive tells whether the account that owns the subscription is active.
	AccountActive bool
	// HasTerms tells whether billing terms are in force, and BoundUntil the end of the binding period that the subscription is in, or zero.
	HasTerms   bool
	BoundUntil date.Date
	// Missing is a mandatory service that the subscription does not have, or empty.
	Missing string
	// Today is the tenant's date at which the operation takes effect.
	Today date.Date
	Rules Rules
}

// Step is an operation with the date until which the state that it leads to lasts. Until is zero for operations that
// have no end.
type Step struct {
	Operation Operation
	Until     date.Date
}

// Next returns the state to which a step leads. Faults:
//
//   - LIFE_CYCLE_STATE: the table does not list the step in the present state.
//   - ACCOUNT_NOT_ACTIVE: the step needs an active account.
//   - NO_BILLING_TERMS, MANDATORY_SERVICE: a condition to be active does not hold.
//   - IN_BINDING: the type does not let the subscription end before its binding period does.
//   - COOLING_OFF_ENDED: the subscription can no longer be regretted.
//   - REQUIRED, INVALID_VALUE, OUT_OF_RANGE on `end_date`: it is missing, not wanted, in the past, or too late.
func (s Situation) Next(step Step) (State, error) {
	to, err := lead(s.State, step.Operation)
	if err != nil {
		return "", err
	}
	if err := s.checkUntil(step); err != nil {
		return "", err
	}
	switch step.Operation {
	case Rest, Replace, ReplaceFlexToFlex, ReplaceFlexToPackage, ReplacePackageToFlex:
		if !s.AccountActive {
			return "", inactiveAccount()
		}
		if step.Operation == Replace {
			if err := s.CheckBinding(); err != nil {
				return "", err
			}
		}
	case Cancel:
		if err := s.CheckBinding(); err != nil {
			return "", err
		}
	case Activate, ActivateShortTerm, Verify:
		if err := s.checkActive(); err != nil {
			return "", err
		}
		if step.Operation == Activate && s.State == Draft && s.Rules.VerifyActivation {
			return PendingVerification, nil
		}
	case EndResting:
		if s.Before == NotEffective || !s.canBeActive() {
			return NotEffective, nil
		}
	case Regret:
		if err := s.checkCoolingOff(); err != nil {
			return "", err
		}
	}
	return to, nil
}

func inactiveAccount() error {
	return fault.New(fault.FailedPrecondition, reason.AccountNotActive, "the account that owns the subscription is not active; activate it first")
}

// checkCoolingOff checks that a subscription can still be regretted. A draft always can: its days have not begun.
func (s Situation) checkCoolingOff() error {
	if s.State == Draft && s.FirstActivated.IsZero() {
		return nil
	}
	last := s.FirstActivated.AddDays(s.Rules.CoolingOffDays)
	if s.Rules.CoolingOffDays > 0 && !last.Before(s.Today) {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.CoolingOffEnded,
		"the subscription is %s and was first activated on %s; its type allows to regret it for %d days after that; cancel it instead",
		s.State, s.FirstActivated, s.Rules.CoolingOffDays)
}

// UntilField is the field of requests that holds Step.Until.
const UntilField = "end_date"

func (s Situation) checkUntil(step Step) error {
	_, limited := step.Operation.Ending()
	switch {
	case !limited && step.Until.IsZero():
		return nil
	case !limited:
		return fault.InvalidField(UntilField, reason.InvalidValue, "%s has no end date; leave it out", step.Operation)
	case step.Until.IsZero():
		return fault.Required(UntilField)
	case !s.Today.Before(step.Until):
		return fault.InvalidField(UntilField, reason.OutOfRange, "must be after %s, the day on which the action takes effect", s.Today)
	}
	most := s.Rules.MaxShortTermDays
	if step.Operation == Rest {
		most = s.Rules.MaxRestingDays
	}
	if days := s.Today.DaysUntil(step.Until); most > 0 && days > most {
		return fault.InvalidField(UntilField, reason.OutOfRange, "is %d days after %s; the type of the subscription allows at most %d", days, s.Today, most)
	}
	return nil
}
