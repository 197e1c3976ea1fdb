package revenue

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Step is a line's MRR from a month on.
type Step struct {
	From Month `json:"from"`
	// Minor is the amount in minor units, not negative.
	Minor int64 `json:"minor"`
}

// Placement is where a line counts from a month on.
type Placement struct {
	From Month `json:"from"`
	Group
}

// Series is the MRR of one line, month by month. The zero Series is that of a line which was never seen.
type Series struct {
	Currency money.Currency `json:"currency"`
	// Steps are in the order of their months, each with another amount than the one before; there is none before the first.
	Steps []Step `json:"steps"`
	// Placements are in the order of their months, each of another group than the one before. The first counts from
	// month 0, before every date.
	Placements []Placement `json:"placements"`
}

// State is a line as a change left it.
type State struct {
	line.Line
	// Deleted tells that the line is no more.
	Deleted bool
	// At is when the change was made.
	At time.Time
}

// After returns the series once the line was seen in a state; states are seen in the order of their changes.
func (s Series) After(state State) (Series, error) {
	after := Series{Placements: place(s.Placements, Group{state.Item, state.MasterAccount}, MonthOf(date.Of(state.At.UTC())))}
	if state.Deleted || len(state.Rates) == 0 {
		return after, nil
	}
	after.Currency = state.Rates[0].MonthlyAmount.Currency
	for _, month := range turns(state.Line) {
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

// Equal reports whether both are the same.
func (s Series) Equal(other Series) bool {
	return s.Currency == other.Currency && slices.Equal(s.Steps, other.Steps) && slices.Equal(s.Placements, other.Placements)
}

func last[T any](list []T) (element T) {
	if len(list) > 0 {
		element = list[len(list)-1]
	}
	return element
}

// place returns the placements once a line is in a group from a month on. A clock that was put back makes no placement earlier
// than the one before.
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

// turns returns the months that a line's MRR can be another in than the month before, in their order.
func turns(l line.Line) []Month {
	months := make([]Month, 0, 2+len(l.Rates))
	months = append(months, MonthOf(l.Start))
	for _, rate := range l.Rates {
		months = append(months, MonthOf(rate.Effective))
	}
	if !l.End.IsZero() {
		months = append(months, MonthOf(l.End))
	}
	slices.Sort(months)
	return slices.Compact(months)
}

// revenueOn returns the MRR of a line on a day, in minor units (rule 1).
func revenueOn(l line.Line, day date.Date) (int64, error) {
	if day.Before(l.Start) || !l.End.IsZero() && !day.Before(l.End) {
		return 0, nil
	}
	amount := l.RateOn(day).MonthlyAmount
	digits, known := amount.Currency.MinorDigits()
	minor := amount.Value.Trim(digits).Pad(digits)
	if !known || minor.Scale() != digits || minor.IsNeg() || minor.Coef() > math.MaxInt64 {
		return 0, fmt.Errorf("a monthly amount of %s %q is not in whole minor units", amount.Value, amount.Currency)
	}
	return int64(minor.Coef()), nil
}

// Movements returns those of a line, in the order of months, each with the group that it counts in (rules 3 and 5).
func (s Series) Movements() iter.Seq2[Placement, Figures] {
	return func(yield func(Placement, Figures) bool) {
		var before int64
		var in Group
		seen := false
		for month := range s.turns() {
			now, group := s.at(month)
			if before > 0 && now > 0 && group != in {
				if !yield(Placement{month, in}, Figures{Transfer: -before, Lines: -1}) ||
					!yield(Placement{month, group}, Figures{Transfer: before, Lines: 1}) {
					return
				}
			}
			if before > 0 && now == 0 {
				group = in
			}
			if moved := movement(before, now, seen); moved != (Figures{}) && !yield(Placement{month, group}, moved) {
				return
			}
			before, in, seen = now, group, seen || now > 0
		}
	}
}

// movement returns what a line moves that had an amount in the month before and has another now. seen tells whether it had one
// in any month before.
func movement(before, now int64, seen bool) Figures {
	switch {
	case before == now:
		return Figures{}
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

// turns returns the months in which a series has another amount or group than in the month before.
func (s Series) turns() iter.Seq[Month] {
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
