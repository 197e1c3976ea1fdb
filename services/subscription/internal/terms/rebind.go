package terms

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// binding is what the rules of a binding period look at.
type binding struct {
	scheme Scheme
	state  lifecycle.State
	today  date.Date
	// until is the end of the binding, if the subscription is bound today.
	until date.Date
	bound bool
}

// rebind changes the binding period of terms:
//
//   - NEW begins one, where the subscription is not bound.
//   - RENEWED adds one to the present or the last one, of the same length unless another is given.
//   - EXTENDED makes the present one a longer one from the same day.
//   - ADJUSTED gives the present one another length or first day.
//   - CANCELED ends the present one today, and its renewal.
func (c Change) rebind(by lifecycle.Operation, next *Terms, b binding) error {
	switch {
	case by == lifecycle.NewBindingPeriod && b.bound:
		return fault.New(fault.FailedPrecondition, reason.InBinding,
			"the subscription is %s and in a binding period until %s; renew, extend or adjust that", b.state, b.until)
	case by == lifecycle.NewBindingPeriod:
		return c.Bind(next, b.scheme, b.today)
	case next.Binding == nil, !b.bound && by != lifecycle.RenewedBindingPeriod:
		return fault.New(fault.FailedPrecondition, reason.NotInBinding,
			"the subscription is %s and in no binding period; begin one by %s", b.state, lifecycle.NewBindingPeriod)
	}
	present := *next.Binding
	if !c.Start.IsZero() && by != lifecycle.AdjustedBindingPeriod {
		return fault.InvalidField(FieldStart, reason.Inconsistent, "is not for %s; leave it out", by)
	}
	switch by {
	case lifecycle.CanceledBindingPeriod:
		if c.Period != "" {
			return fault.InvalidField(FieldPeriod, reason.Inconsistent, "is not for %s; leave it out", by)
		}
		next.Binding.End, next.Renewed = b.today, false
		return nil
	case lifecycle.RenewedBindingPeriod:
		return c.renew(next, b)
	case lifecycle.ExtendedBindingPeriod:
		if c.Period == "" {
			return fault.Required(FieldPeriod)
		}
		c.Start = present.Start
	default:
		if c.Period == "" && c.Start.IsZero() {
			return fault.InvalidField(FieldPeriod, reason.Required, "%s or %s is required", FieldPeriod, FieldStart)
		}
	}
	if c.Period == "" {
		c.Period = present.Period
	}
	if c.Start.IsZero() {
		c.Start = present.Start
	}
	if err := c.Bind(next, b.scheme, b.today); err != nil {
		return err
	}
	if by == lifecycle.ExtendedBindingPeriod && !present.End.Before(next.Binding.End) {
		return fault.InvalidField(FieldPeriod, reason.OutOfRange, "would end on %s; the present binding period ends on %s already", next.Binding.End, present.End)
	}
	return nil
}

// maxYearsAhead is how many years after today a binding period can begin.
const maxYearsAhead = 10

// Bind begins a binding period of new terms, today unless the change says another day, at most ten years later.
func (c Change) Bind(next *Terms, scheme Scheme, today date.Date) error {
	if c.Period == "" {
		return fault.Required(FieldPeriod)
	}
	length, ok := lengthOf(c.Period, scheme.Customs)
	if !ok {
		return fault.InvalidField(FieldPeriod, reason.UnknownValue, "the scheme does not define %s", c.Period)
	}
	if c.Start.IsZero() {
		c.Start = today
	}
	if latest := today.AddMonthsClamped(maxYearsAhead * monthsOfYear); latest.Before(c.Start) {
		return fault.InvalidField(FieldStart, reason.OutOfRange, "the binding period would begin on %s; it must begin on %s or before", c.Start, latest)
	}
	begun := Binding{Period: c.Period, Length: length, Start: c.Start, End: length.After(c.Start, 1)}
	if !today.Before(begun.End) {
		return fault.InvalidField(FieldStart, reason.OutOfRange, "the binding period would end on %s, which is not after %s", begun.End, today)
	}
	next.Binding = &begun
	return nil
}

// renew adds a binding period to the present one, or begins one today if the last one is over.
func (c Change) renew(next *Terms, b binding) error {
	present := *next.Binding
	if c.Period == "" {
		c.Period = present.Period
	}
	c.Start = b.today
	if b.bound {
		c.Start = b.until
	}
	if err := c.Bind(next, b.scheme, b.today); err != nil {
		return err
	}
	if b.bound {
		next.Binding.Start = present.Start
	}
	return nil
}
