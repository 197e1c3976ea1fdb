package increase

import (
	"context"
	"math/big"
	"slices"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Fields of increases in violations.
const (
	FieldPercent   = "percent"
	FieldAmount    = "amount"
	FieldOverride  = "override"
	FieldMinimum   = "minimum_increase"
	FieldMaximum   = "maximum_increase"
	FieldRoundTo   = "round_to"
	FieldEffective = "effective_date"
)

const (
	// maxNote is the most UTF-16 units of a note, as in Sedona.
	maxNote = 256
	// maxPlaces is the most decimal places of a percent.
	maxPlaces = 6
)

// Bounds of a percent.
var (
	leastPercent = decimal.MustNew(-100, 0) // itself not allowed
	mostPercent  = decimal.MustNew(1000, 0)
)

// check adds the rules that the plan breaks to v, and pads its amounts.
func (p *Plan) check(v *fault.Violations) {
	v.Text("note", p.Note, maxNote)
	line.CheckReason(v, "reason_code", p.Reason)
	p.checkHow(v)
	p.checkBounds(v)
	switch {
	case p.Effective.IsZero() == p.AtNextCycle:
	case p.AtNextCycle:
		v.Add(FieldEffective, reason.Inconsistent, "must be unset if at_next_cycle_date is set")
	default:
		v.Add(FieldEffective, reason.Required, "must be given, or at_next_cycle_date set")
	}
	for i, id := range p.Excluded {
		if slices.Contains(p.Excluded[:i], id) {
			v.Add("excluded_lines", reason.Repeated, "must name line %d once", id)
		}
	}
}

// checkHow checks that exactly one of percent, amount and override is given.
func (p *Plan) checkHow(v *fault.Violations) {
	given := 0
	if !p.Percent.IsZero() {
		given++
		p.checkPercent(v)
	}
	if !p.Amount.IsZero() {
		given++
		if money.CheckSigned(v, FieldAmount, &p.Amount) && p.Amount.Value.IsZero() {
			v.Add(FieldAmount, reason.OutOfRange, "must not be zero")
		}
	}
	if !p.Override.IsZero() {
		given++
		money.CheckAmount(v, FieldOverride, &p.Override)
	}
	switch {
	case given == 0:
		v.Add(FieldPercent, reason.Required, "must be given and not zero, or amount or override instead")
	case given > 1:
		v.Add(FieldPercent, reason.Ambiguous, "must be given alone: exactly one of percent, amount and override")
	}
}

func (p *Plan) checkPercent(v *fault.Violations) {
	switch {
	case p.Percent.MinScale() > maxPlaces:
		v.Add(FieldPercent, reason.TooPrecise, "must have at most %d decimal places", maxPlaces)
	case p.Percent.Cmp(leastPercent) <= 0 || p.Percent.Cmp(mostPercent) > 0:
		v.Add(FieldPercent, reason.OutOfRange, "must be above -100 and at most 1000")
	}
	p.Percent = p.Percent.Trim(0)
}

// checkBounds checks minimum, maximum and rounding.
func (p *Plan) checkBounds(v *fault.Violations) {
	currency := money.Currency("")
	for _, of := range []struct {
		field  string
		amount *money.Amount
	}{
		{FieldAmount, &p.Amount}, {FieldOverride, &p.Override}, {FieldMinimum, &p.Minimum}, {FieldMaximum, &p.Maximum}, {FieldRoundTo, &p.RoundTo},
	} {
		if of.amount.IsZero() {
			continue
		}
		if currency == "" {
			currency = of.amount.Currency
		} else if of.amount.Currency != currency {
			v.Add(of.field, reason.AnotherCurrency, "must be in %s like the other amounts", currency)
		}
		if of.field == FieldAmount || of.field == FieldOverride {
			continue
		}
		if money.CheckAmount(v, of.field, of.amount) && of.amount.Value.IsZero() {
			v.Add(of.field, reason.OutOfRange, "must be above zero")
		}
		if of.field != FieldRoundTo && !p.Percent.IsPos() {
			v.Add(of.field, reason.Inconsistent, "must be unset unless percent is above zero")
		}
	}
	if !p.Minimum.IsZero() && !p.Maximum.IsZero() && p.Maximum.Value.Less(p.Minimum.Value) {
		v.Add(FieldMaximum, reason.OutOfRange, "must not be less than minimum_increase")
	}
}

// currency returns the currency of the lines that the plan can change, or an empty one for all.
func (p *Plan) currency() money.Currency {
	for _, amount := range []money.Amount{p.Amount, p.Override, p.Minimum, p.Maximum, p.RoundTo} {
		if !amount.IsZero() {
			return amount.Currency
		}
	}
	return ""
}

// errSkipped returns the fault for a line that is left as it is.
func errSkipped(format string, args ...any) error {
	return fault.New(fault.FailedPrecondition, reason.InvalidValue, format, args...)
}

// next returns the new monthly amount of a line.
func (p *Plan) next(old money.Amount) (money.Amount, error) {
	if currency := p.currency(); currency != "" && currency != old.Currency {
		return money.Amount{}, errSkipped("its amount is in %s, not in %s", old.Currency, currency)
	}
	if old.Value.IsNeg() {
		return money.Amount{}, errSkipped("it is a discount")
	}
	exact, present := p.exact(old.Minor()), big.NewInt(old.Minor())
	minor := p.round(exact)
	if exact.Cmp(new(big.Rat).SetInt(present))*minor.Cmp(present) <= 0 {
		minor.Set(present) // rounding does not turn a rise into a fall, or the other way round
	}
	if !p.Minimum.IsZero() {
		minor = larger(minor, new(big.Int).Add(big.NewInt(old.Minor()), big.NewInt(p.Minimum.Minor())))
	}
	if !p.Maximum.IsZero() {
		if most := new(big.Int).Add(big.NewInt(old.Minor()), big.NewInt(p.Maximum.Minor())); minor.Cmp(most) > 0 {
			minor = most
		}
	}
	minor = larger(minor, new(big.Int))
	if !minor.IsInt64() {
		return money.Amount{}, errSkipped("its new amount would be too large")
	}
	raised, err := old.Currency.OfMinor(minor.Int64())
	switch {
	case err != nil:
		return money.Amount{}, errSkipped("its new amount would be too large")
	case raised == old:
		return money.Amount{}, errSkipped("its amount stays the same")
	}
	return raised, nil
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// exact returns the new amount for an old one, in minor units, before it is rounded.
func (p *Plan) exact(old int64) *big.Rat {
	switch {
	case !p.Amount.IsZero():
		return new(big.Rat).SetInt64(old + p.Amount.Minor())
	case !p.Override.IsZero():
		return new(big.Rat).SetInt64(p.Override.Minor())
	}
	factor, _ := new(big.Rat).SetString(p.Percent.String()) // a decimal is a rational number
	factor.Add(factor, big.NewRat(100, 1))
	return factor.Mul(factor, big.NewRat(old, 100))
}

// round rounds an amount in minor units to a multiple of RoundTo, half up.
func (p *Plan) round(exact *big.Rat) *big.Int {
	step := int64(1)
	if !p.RoundTo.IsZero() {
		step = p.RoundTo.Minor()
	}
	// floor(exact / step + 1/2) * step
	steps := new(big.Rat).Quo(exact, big.NewRat(step, 1))
	steps.Add(steps, big.NewRat(1, 2))
	whole := new(big.Int)
	whole.Div(steps.Num(), steps.Denom()) // the Euclidean quotient is the floor, since the denominator is positive
	return whole.Mul(whole, big.NewInt(step))
}

// chooses reports whether the plan is about a line that the lists of its filter match.
func (p *Plan) chooses(l *line.Line) bool {
	raised := l.Raised()
	return p.Filter.RaisedBefore.IsZero() || raised.Before(p.Filter.RaisedBefore)
}

// raise gives a line its new rate, and returns what became of it. The line stays as it is unless the
// outcome is Raised. An error is one of the store.
func (p *Plan) raise(ctx context.Context, r line.Charger, of ID, l *line.Line) (Line, error) {
	done := Line{Increase: of, Line: l.ID, Outcome: Raised}
	var err error
	if slices.Contains(p.Excluded, l.ID) {
		done.Old, err = l.MonthlyAmount(), errSkipped("it is excluded")
	} else {
		done.Raise, err = l.Raise(ctx, r, p.Effective, p.Reason, p.next)
	}
	if err == nil {
		return done, nil
	}
	refused, ok := fault.As(err)
	if !ok || refused.Kind != fault.Invalid && refused.Kind != fault.FailedPrecondition {
		return done, err // it says nothing about the line, so the step is tried again
	}
	return Line{Increase: of, Line: l.ID, Outcome: Skipped, Raise: line.Raise{Old: done.Old}, Message: messageOf(refused)}, nil
}

// messageOf returns the text of a fault for a person: of its first field, if it has any.
func messageOf(refused *fault.Error) string {
	if len(refused.Violations) > 0 {
		first := refused.Violations[0]
		return first.Field + " " + first.Description
	}
	return refused.Message
}
