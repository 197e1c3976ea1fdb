package billing

import "slices"

// Occasion is why a charge was due. It is zero if that is not known, because an older program made the
// charge.
type Occasion struct {
	// Timing tells whether the line was billed in advance or in arrears.
	Timing Timing
	// Cut tells that the part of the charge begins or ends where the line was paused, inside its period
	// (rule 21).
	Cut bool
	// Resumed tells that the part was due at once because a pause had ended early (rule 22).
	Resumed bool
}

// Timing is when parts of a line are due. The zero Timing is not known.
type Timing int

// The timings.
const (
	InAdvance Timing = iota + 1 // rule 5
	InArrears                   // rule 23
)

// occasion returns why a part of the line is due.
func (l *Billable) occasion(part Part, again bool) Occasion {
	overlaps := func(days Span) bool { return days.Overlaps(part.Span) }
	o := Occasion{Timing: InAdvance, Resumed: again && slices.ContainsFunc(l.Resumed, overlaps)}
	if l.InArrears {
		o.Timing = InArrears
	}
	o.Cut = slices.ContainsFunc(l.Paused, func(days Span) bool {
		return days.Overlaps(part.Period) && (days.Start == part.End || days.End == part.Start)
	})
	return o
}
