package terms

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// Fields of requests that faults of Amend name.
const (
	FieldScheme    = "billing_term_scheme_identifier"
	FieldFrequency = "billing_frequency"
	FieldCycleDay  = "billing_cycle_day"
	FieldLastDay   = "billing_cycle_last_day_of_month"
	FieldPeriod    = "binding_information.binding_period"
	FieldStart     = "binding_information.start_date"
)

// Change is what a caller asks of billing terms. Zero values are not given.
type Change struct {
	Scheme    SchemeID      `json:"scheme,omitempty"`
	Frequency Frequency     `json:"frequency,omitempty"`
	CycleDay  int           `json:"cycle_day,omitempty"`
	LastDay   *bool         `json:"last_day,omitempty"`
	Period    BindingPeriod `json:"period,omitempty"`
	Start     date.Date     `json:"start,omitzero"`
	// Renewed lets a binding period be followed by another one; nil keeps what is.
	Renewed *bool `json:"renewed,omitempty"`
}

// Scheme is what the rules look at of a billing term scheme.
type Scheme struct {
	ID SchemeID
	// Prepaid schemes need neither a frequency nor a day.
	Prepaid bool
	Customs map[Custom]Length
}

// Amend returns the terms that take over on a day from those in force, or from none if present is nil. Faults:
//
//   - NO_BILLING_TERMS: the subscription has no billing terms.
//   - IN_BINDING, NOT_IN_BINDING: the subscription is, or is not, in a binding period.
//   - REQUIRED, INCONSISTENT, UNKNOWN_VALUE, OUT_OF_RANGE on a field of the change.
func (c Change) Amend(by lifecycle.Operation, present *Terms, scheme Scheme, state lifecycle.State, today date.Date) (next Terms, err error) {
	if present != nil {
		next = present.clone()
		next.Binding, next.Anchor = present.BindingOn(today), present.anchor()
	} else if by != lifecycle.NoBindingPeriodChanges {
		return next, fault.New(fault.FailedPrecondition, reason.NoBillingTerms,
			"the subscription is %s and has no billing terms; give it some by %s", state, lifecycle.NoBindingPeriodChanges)
	} else {
		next.Agreed = today
	}
	next.ID, next.Effective, next.Expired = "", today, date.Date{}
	if c.Renewed != nil {
		next.Renewed = *c.Renewed
	}
	if by == lifecycle.NoBindingPeriodChanges {
		next.Anchor = today
		return next, c.rebill(&next, scheme)
	}
	if err := c.checkOnlyBinding(by); err != nil {
		return next, err
	}
	until, bound := next.BoundUntil(today)
	return next, c.rebind(by, &next, binding{scheme: scheme, state: state, today: today, until: until, bound: bound})
}

// rebill sets scheme, frequency and day.
func (c Change) rebill(next *Terms, scheme Scheme) error {
	switch {
	case c.Period != "":
		return fault.InvalidField(FieldPeriod, reason.Inconsistent, "is not for %s; leave it out", lifecycle.NoBindingPeriodChanges)
	case !c.Start.IsZero():
		return fault.InvalidField(FieldStart, reason.Inconsistent, "is not for %s; leave it out", lifecycle.NoBindingPeriodChanges)
	}
	return c.Bill(next, scheme)
}

// Bill sets scheme, frequency and day of new terms.
func (c Change) Bill(next *Terms, scheme Scheme) error {
	last := c.LastDay != nil && *c.LastDay
	switch {
	case c.Scheme == "":
		return fault.Required(FieldScheme)
	case c.Frequency == "" && !scheme.Prepaid:
		return fault.Required(FieldFrequency)
	case c.CycleDay == 0 && c.LastDay == nil && !scheme.Prepaid:
		return fault.InvalidField(FieldCycleDay, reason.Required, "%s or %s is required", FieldCycleDay, FieldLastDay)
	case c.CycleDay < 0 || c.CycleDay > 31:
		return fault.InvalidField(FieldCycleDay, reason.OutOfRange, "must be a day of the month, 1 to 31")
	}
	next.Scheme, next.Frequency, next.CycleDay, next.LastDay = c.Scheme, c.Frequency, c.CycleDay, last
	if next.Frequency == "" {
		next.Frequency = Monthly
	}
	if last {
		next.CycleDay = 0
	}
	every, ok := lengthOf(next.Frequency, scheme.Customs)
	if !ok {
		return fault.InvalidField(FieldFrequency, reason.UnknownValue, "the scheme does not define %s", c.Frequency)
	}
	next.Every = every
	return nil
}

// checkOnlyBinding checks that the change asks for nothing else than a binding period.
func (c Change) checkOnlyBinding(by lifecycle.Operation) error {
	for field, given := range map[string]bool{
		FieldScheme: c.Scheme != "", FieldFrequency: c.Frequency != "", FieldCycleDay: c.CycleDay != 0, FieldLastDay: c.LastDay != nil,
	} {
		if given {
			return fault.InvalidField(field, reason.Inconsistent, "is for %s only; leave it out with %s", lifecycle.NoBindingPeriodChanges, by)
		}
	}
	return nil
}

// Begin returns the first terms of a subscription, from a day. Faults: those of Amend on fields of the change.
func (c Change) Begin(scheme Scheme, today date.Date) (Terms, error) {
	first := Terms{Agreed: today, Effective: today, Anchor: today, Renewed: c.Renewed != nil && *c.Renewed}
	if err := c.Bill(&first, scheme); err != nil {
		return first, err
	}
	if c.Period == "" && c.Start.IsZero() {
		return first, nil
	}
	return first, c.Bind(&first, scheme, today)
}
