package revenue

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Step is the MRR of a line from a month on.
type Step struct {
	From Month `json:"from"`
	// Minor is the amount in minor units. It is negative for a discount.
	Minor int64 `json:"minor"`
}

// Placement is the group of a line from a month on.
type Placement struct {
	From Month `json:"from"`
	Group
}

// Series is the MRR of one line, month by month. The zero Series is that of an unknown line.
type Series struct {
	Currency money.Currency `json:"currency"`
	// Steps are ordered by month. Each has a different amount than the one before; the MRR before
	// the first is 0.
	Steps []Step `json:"steps"`
	// Placements are ordered by month. Each has a different group than the one before. The first
	// counts from month 0.
	Placements []Placement `json:"placements"`
}

// State is the state of a line after a change.
type State struct {
	line.Line
	// Deleted tells that the line was deleted.
	Deleted bool
	// At is when the change was made.
	At time.Time
}

// After returns the series after a change. Changes must be applied in their order.
func (s Series) After(state State) (Series, error) {
	after := Series{Placements: place(s.Placements, Group{state.Item, state.MasterAccount}, MonthOf(date.Of(state.At.UTC())))}
	if state.Deleted || len(state.Rates) == 0 {
		return after, nil
	}
	after.Currency = state.Rates[0].MonthlyAmount.Currency
	for _, month := range changeMonths(state.Line) {
		minor, err := revenueOn(state.Line, month.lastDay())
		if err != nil {
			return Series{}, fmt.Errorf("recurring line %d: %w", state.ID, err)
		}
		if minor != last(after.Steps).Minor {
			after.Steps = append(after.Steps, Step{From: month, Minor: minor})
		}
	}
	return after, nil
}

// Equal reports whether both series are the same.
func (s Series) Equal(other Series) bool {
	return s.Currency == other.Currency && slices.Equal(s.Steps, other.Steps) && slices.Equal(s.Placements, other.Placements)
}

func last[T any](list []T) (element T) {
	if len(list) > 0 {
		element = list[len(list)-1]
	}
	return element
}

// place returns the placements after a line moves to a group in a month. If the clock was set back,
// the new placement is not earlier than the one before.
func place(placements []Placement, group Group, from Month) []Placement {
	if len(placements) == 0 {
		return []Placement{{Group: group}}
	}
	present := last(placements)
	if present.Group == group {
		return placements
	}
	from = max(from, present.From)
	earlier := placements
	if present.From == from {
		earlier = placements[:len(placements)-1]
	}
	if last(earlier).Group == group && len(earlier) > 0 {
		return slices.Clip(earlier)
	}
	return append(slices.Clip(earlier), Placement{From: from, Group: group})
}

// changeMonths returns the months in which a line's MRR can differ from the month before, in order.
func changeMonths(l line.Line) []Month {
	months := make([]Month, 0, 2+len(l.Rates))
	months = append(months, MonthOf(l.Start))
	for _, rate := range l.Rates {
		months = append(months, MonthOf(rate.From()))
	}
	if !l.End.IsZero() {
		months = append(months, MonthOf(l.End))
	}
	for _, paused := range line.PausedDays(l.Pauses) {
		months = append(months, MonthOf(paused.Start))
		if paused.End != billing.Never {
			months = append(months, MonthOf(paused.End))
		}
	}
	slices.Sort(months)
	return slices.Compact(months)
}

// revenueOn returns the MRR of a line on a day, in minor units (rule 1).
func revenueOn(l line.Line, day date.Date) (int64, error) {
	if day.Before(l.Start) || !l.End.IsZero() && !day.Before(l.End) {
		return 0, nil
	}
	if slices.ContainsFunc(l.Pauses, func(p line.Pause) bool { return p.Days().Holds(day) }) {
		return 0, nil
	}
	amount := l.RateOn(day).MonthlyAmount
	digits, known := amount.Currency.MinorDigits()
	minor := amount.Value.Trim(digits).Pad(digits)
	if !known || minor.Scale() != digits || minor.Coef() > math.MaxInt64 {
		return 0, fmt.Errorf("a monthly amount of %s %q is not in whole minor units", amount.Value, amount.Currency)
	}
	if minor.IsNeg() {
		return -int64(minor.Coef()), nil
	}
	return int64(minor.Coef()), nil
}

// Movements returns the movements of a line in the order of months, each with the group it counts
// in (rules 3 and 5).
func (s Series) Movements() iter.Seq2[Placement, Figures] {
	return func(yield func(Placement, Figures) bool) {
		var before int64
		var in Group
		seen := false
		for month := range s.changeMonths() {
			now, group := s.at(month)
			if before != 0 && now != 0 && group != in {
				if !yield(Placement{month, in}, Figures{Transfer: -before, Lines: -1}) ||
					!yield(Placement{month, group}, Figures{Transfer: before, Lines: 1}) {
					return
				}
			}
			if before != 0 && now == 0 {
				group = in
			}
			if moved := movement(before, now, seen); moved != (Figures{}) && !yield(Placement{month, group}, moved) {
				return
			}
			before, in, seen = now, group, seen || now != 0
		}
	}
}

// movement classifies a change of a line's MRR. seen tells whether the line had MRR in any earlier
// month.
func movement(before, now int64, seen bool) Figures {
	switch {
	case before == now:
		return Figures{}
	case before < 0 || now < 0:
		return ofDiscount(before, now)
	case before == 0 && seen:
		return Figures{Reactivation: now, Lines: 1}
	case before == 0:
		return Figures{New: now, Lines: 1}
	case now == 0:
		return Figures{Churn: -before, Lines: -1}
	case now > before:
		return Figures{Expansion: now - before}
	}
	return Figures{Contraction: now - before}
}

// ofDiscount classifies a change of a discount: what is charged more is expansion, what is charged
// less contraction, whether it begins, ends or changes.
func ofDiscount(before, now int64) (f Figures) {
	switch {
	case before == 0:
		f.Lines = 1
	case now == 0:
		f.Lines = -1
	}
	f.Expansion, f.Contraction = max(now-before, 0), min(now-before, 0)
	return f
}

// changeMonths returns the months in which the amount or the group differs from the month before.
func (s Series) changeMonths() iter.Seq[Month] {
	months := make([]Month, 0, len(s.Steps)+len(s.Placements))
	for _, step := range s.Steps {
		months = append(months, step.From)
	}
	for _, placement := range s.Placements[min(1, len(s.Placements)):] {
		months = append(months, placement.From)
	}
	slices.Sort(months)
	return slices.Values(slices.Compact(months))
}

// at returns the amount and the group of a month.
func (s Series) at(month Month) (minor int64, group Group) {
	for _, step := range s.Steps {
		if step.From <= month {
			minor = step.Minor
		}
	}
	for _, placement := range s.Placements {
		if placement.From <= month {
			group = placement.Group
		}
	}
	return minor, group
}
