package line

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// maxPauses is the maximum number of pauses of a line.
const maxPauses = 1000

// Pause is a span of days on which a line is not billed.
type Pause struct {
	// From is the first day that is not billed.
	From date.Date `json:"from_date"`
	// Until is the first day that is billed again, as it was asked for. It is zero for a pause that
	// lasts until the line is resumed.
	Until date.Date `json:"until_date,omitzero"`
	// Resumed is the first day that is billed again because the line was resumed before Until. It is
	// zero if it was not, and From for a pause that was withdrawn after its days had been passed over.
	Resumed date.Date `json:"resume_date,omitzero"`
	// Reason is the caller's code for why the line was paused.
	Reason ReasonCode `json:"reason_code"`
}

// Days returns the days that are not billed. They end on billing.Never for a pause without an end.
func (p Pause) Days() billing.Span {
	if !p.Resumed.IsZero() {
		return billing.Span{Start: p.From, End: p.Resumed}
	}
	return billing.Span{Start: p.From, End: p.asked()}
}

// asked returns the first day that was to be billed again when the line was paused.
func (p Pause) asked() date.Date {
	if p.Until.IsZero() {
		return billing.Never
	}
	return p.Until
}

// resumed returns the days that are billed because the line was resumed.
func (p Pause) resumed() billing.Span {
	if p.Resumed.IsZero() {
		return billing.Span{}
	}
	return billing.Span{Start: p.Resumed, End: p.asked()}
}

// withdrawn reports whether the line was resumed on the first day of the pause, so that it has no days.
func (p Pause) withdrawn() bool { return !p.From.IsZero() && p.Resumed == p.From }

// PausedDays returns the days of pauses that are not billed, in order.
func PausedDays(pauses []Pause) []billing.Span {
	var paused []billing.Span
	for _, pause := range pauses {
		if days := pause.Days(); days.Start.Before(days.End) {
			paused = append(paused, days)
		}
	}
	return paused
}

// ResumedDays returns the days that are billed because pauses ended early, in order.
func ResumedDays(pauses []Pause) []billing.Span {
	var resumed []billing.Span
	for _, pause := range pauses {
		if days := pause.resumed(); days != (billing.Span{}) {
			resumed = append(resumed, days)
		}
	}
	return resumed
}

// Pausing is a request to pause a line.
type Pausing struct {
	// Etag, if not empty, must match the line's.
	Etag string
	// From is the first day that is not billed, and Until the first that is billed again, or zero.
	From, Until date.Date
	Reason      ReasonCode
}

// Pause pauses a line. Its days that are billed already are credited to who paid for them.
func (s *Service) Pause(ctx context.Context, id ID, pausing Pausing) (Line, error) {
	return s.changeLine(ctx, id, pausing.Etag, func(ctx context.Context, w Writer, line *Line) error {
		pause := Pause{From: pausing.From, Until: pausing.Until, Reason: pausing.Reason}
		if err := line.checkPause(pause); err != nil {
			return err
		}
		if err := line.pause(ctx, w, pause); err != nil {
			return err
		}
		return line.keepReturned(ctx, w)
	})
}

// checkPause rejects a pause of days that the line does not have, or on which it is paused already.
func (l *Line) checkPause(pause Pause) error {
	var v fault.Violations
	CheckReason(&v, FieldReason, pause.Reason)
	switch days := pause.Days(); {
	case pause.From.IsZero():
		v.Add(FieldFrom, reason.Required, "must be given")
	case pause.From.Before(l.Start):
		v.Add(FieldFrom, reason.BeforeStart, "must not lie before %s, when the line starts", l.Start)
	case latestStart.Before(pause.From):
		v.Add(FieldFrom, reason.OutOfRange, "must not lie after %s", latestStart)
	case !l.End.IsZero() && !pause.From.Before(l.End):
		v.Add(FieldFrom, reason.AfterEnd, "must lie before %s, when the line ends", l.End)
	case !pause.Until.IsZero() && (!pause.From.Before(pause.Until) || latestStart.Before(pause.Until)):
		v.Add(FieldUntil, reason.OutOfRange, "must lie after %s and not after %s", pause.From, latestStart)
	default:
		if paused := overlapping(PausedDays(l.Pauses), days); len(paused) > 0 {
			v.Add(FieldFrom, reason.DaysPaused, "must be the first of days that are not paused: the line is already paused %s", NameDays(paused))
		}
	}
	if err := v.Err(); err != nil {
		return err
	}
	if len(l.Pauses) >= maxPauses {
		return fault.New(fault.FailedPrecondition, reason.TooMany, "line %d has %d pauses and can have no more", l.ID, maxPauses)
	}
	if later := intersect(l.billedAfterEnd(), pause.Days()); l.Cancelled() && len(later) > 0 {
		return fault.New(fault.FailedPrecondition, reason.AlreadyCancelled,
			"line %d is cancelled as of %s, and billed %s, days of the pause: pause it until then, or uncancel it first", l.ID, l.End, NameDays(later))
	}
	return nil
}

// pause credits the billed days of a pause and adds it.
func (l *Line) pause(ctx context.Context, w Writer, pause Pause) error {
	proration, err := w.Proration(ctx)
	if err != nil {
		return fmt.Errorf("pausing line %d: %w", l.ID, err)
	}
	days := pause.Days()
	for _, billed := range l.billedDays(days) {
		if err := l.giveBack(ctx, w, billed, OfPause, pause.Reason, proration); err != nil {
			return err
		}
	}
	l.Unbilled = minus(l.Unbilled, []billing.Span{days})
	place, _ := slices.BinarySearchFunc(l.Pauses, pause.From, func(p Pause, day date.Date) int { return p.From.Compare(day) })
	for place < len(l.Pauses) && l.Pauses[place].From == pause.From {
		place++ // one without days, which was withdrawn
	}
	l.Pauses = slices.Insert(slices.Clone(l.Pauses), place, pause)
	return nil
}

// Resume ends the pause of a line that holds a day, which is billed again. If it is the first day of
// the pause, the pause is withdrawn.
func (s *Service) Resume(ctx context.Context, id ID, on date.Date, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if err := line.resume(ctx, w, on); err != nil {
			return err
		}
		return line.keepReturned(ctx, w)
	})
}

func (l *Line) resume(ctx context.Context, r Charger, on date.Date) error {
	place := slices.IndexFunc(l.Pauses, func(p Pause) bool { return p.Days().Holds(on) })
	switch {
	case on.IsZero():
		return fault.InvalidField(FieldResume, reason.Required, "must be given")
	case latestStart.Before(on):
		return fault.InvalidField(FieldResume, reason.OutOfRange, "must not lie after %s", latestStart)
	case place < 0 && len(PausedDays(l.Pauses)) == 0:
		return fault.InvalidField(FieldResume, reason.NotPaused, "must be a day of one of the line's pauses: it has none")
	case place < 0:
		return fault.InvalidField(FieldResume, reason.NotPaused, "must be a day of one of the line's pauses: it is paused %s", NameDays(PausedDays(l.Pauses)))
	}
	l.Pauses = slices.Clone(l.Pauses)
	pause := &l.Pauses[place]
	resumed := billing.Span{Start: on, End: pause.Days().End}
	pause.Resumed = on
	if billed := resumed.Overlap(billing.Span{Start: l.Start, End: l.NextCycle}); billed != (billing.Span{}) {
		// An invoice that was imported can hold days of an imported pause.
		charged, err := r.Charged(ctx, l.ID, billed, l.MonthlyAmount().Currency)
		if err != nil {
			return fmt.Errorf("resuming line %d: %w", l.ID, err)
		}
		missing, err := charged.missing(billed)
		if err != nil {
			return fmt.Errorf("resuming line %d: %w", l.ID, err)
		}
		for _, days := range missing {
			l.Unbilled = insertDays(l.Unbilled, days)
		}
	} else if on == pause.From {
		l.Pauses = slices.Delete(l.Pauses, place, place+1)
	}
	if len(l.Pauses) == 0 {
		l.Pauses = nil
	}
	return nil
}

// wasResumed reports whether some days are billed because the line was resumed, perhaps after others
// that follow them.
func (l *Line) wasResumed(days billing.Span) bool {
	return slices.ContainsFunc(l.Pauses, func(p Pause) bool { return p.resumed().Overlaps(days) })
}

// intersect returns the days of spans that another span holds too.
func intersect(spans []billing.Span, days billing.Span) (shared []billing.Span) {
	for _, span := range spans {
		if both := span.Overlap(days); both != (billing.Span{}) {
			shared = append(shared, both)
		}
	}
	return shared
}

// overlapping returns those of some spans that share days with another.
func overlapping(spans []billing.Span, days billing.Span) (shared []billing.Span) {
	for _, span := range spans {
		if span.Overlaps(days) {
			shared = append(shared, span)
		}
	}
	return shared
}

// minus returns the days of spans that are in none of others, which are in order.
func minus(spans, others []billing.Span) (rest []billing.Span) {
	for _, span := range spans {
		rest = append(rest, span.Minus(others)...)
	}
	return rest
}

// maxNamedDays is the maximum number of spans of days that an error names.
const maxNamedDays = 3

// NameDays formats spans of days for a person, by their first and last days.
func NameDays(spans []billing.Span) string {
	named := make([]string, 0, maxNamedDays)
	for _, span := range spans[:min(len(spans), maxNamedDays)] {
		if span.End == billing.Never {
			named = append(named, fmt.Sprintf("from %s on", span.Start))
			continue
		}
		named = append(named, fmt.Sprintf("from %s to %s", span.Start, span.End.AddDays(-1)))
	}
	text := strings.Join(named, ", ")
	if more := len(spans) - maxNamedDays; more > 0 {
		text += fmt.Sprintf(" and in %d more spans", more)
	}
	return text
}

// openPauses checks the pauses of a new line.
func (l *Line) openPauses(v *fault.Violations) {
	if len(l.Pauses) > maxPauses {
		v.Add(FieldPauses, reason.TooMany, "must be at most %d", maxPauses)
		return
	}
	next := l.Start
	for i, pause := range l.Pauses {
		in := fmt.Sprintf("%s[%d].", FieldPauses, i)
		CheckReason(v, in+FieldReason, pause.Reason)
		switch {
		case pause.From.IsZero():
			v.Add(in+FieldFrom, reason.Required, "must be given")
		case latestStart.Before(pause.From):
			v.Add(in+FieldFrom, reason.OutOfRange, "must not lie after %s", latestStart)
		case i > 0 && pause.From.Before(l.Pauses[i-1].From):
			v.Add(in+FieldFrom, reason.OutOfOrder, "must not lie before %s, when the pause before begins", l.Pauses[i-1].From)
		case pause.withdrawn():
			// It has no days, so others can lie around them.
			if pause.From.Before(l.Start) {
				v.Add(in+FieldFrom, reason.BeforeStart, "must not lie before %s, when the line starts", l.Start)
			}
			if !pause.Until.IsZero() && !pause.From.Before(pause.Until) {
				v.Add(in+FieldUntil, reason.OutOfRange, "must lie after %s", pause.From)
			}
		case next == billing.Never:
			v.Add(in+FieldFrom, reason.OutOfOrder, "must be left out: the pause before has no end")
		case pause.From.Before(next):
			v.Add(in+FieldFrom, reason.OutOfOrder, "must not lie before %s: the days of a pause lie after those before, from the start date on", next)
		case !pause.Until.IsZero() && (!pause.From.Before(pause.Until) || latestStart.Before(pause.Until)):
			v.Add(in+FieldUntil, reason.OutOfRange, "must lie after %s and not after %s", pause.From, latestStart)
		case !pause.Resumed.IsZero() && (pause.Resumed.Before(pause.From) || !pause.Resumed.Before(pause.asked())):
			v.Add(in+FieldResume, reason.OutOfRange, "must be a day of the pause")
		}
		if days := pause.Days(); !pause.withdrawn() && next.Before(days.End) {
			next = days.End
		}
	}
}
