package usage

import (
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Window is what a limit is of: the days from Start until before End, a calendar month or a cycle.
type Window struct{ Start, End date.Date }

// MonthOf returns the month of a day.
func MonthOf(day date.Date) Window {
	start := day.AddDays(1 - day.Day())
	return Window{start, start.AddMonthsClamped(1)}
}

// WindowOf returns the window of a recurrence that a day is in, by the tenant's settings.
func WindowOf(own settings.Settings, contract recurrence.Recurrence, day date.Date) Window {
	if own.UsageWindow != settings.OfCycle {
		return MonthOf(day)
	}
	start, end, ok := contract.CycleOn(day)
	if !ok {
		return MonthOf(day)
	}
	return Window{start, end}
}

// holds reports whether a day is in the window.
func (w Window) holds(day date.Date) bool { return !day.Before(w.Start) && day.Before(w.End) }

// isMonth reports whether the window is a calendar month.
func (w Window) isMonth() bool { return w == MonthOf(w.Start) }

// kind names the window in messages.
func (w Window) kind() string {
	if w.isMonth() {
		return "month"
	}
	return "cycle"
}

// String returns the first day of a month, and both days of a cycle, like 2026-01-15/2026-04-15. In the
// order of these texts windows are in the order of their first days.
func (w Window) String() string {
	if w.isMonth() {
		return w.Start.String()
	}
	return w.Start.String() + "/" + w.End.String()
}

// UnmarshalText parses what String returns.
func (w *Window) UnmarshalText(text []byte) error {
	start, end, isCycle := strings.Cut(string(text), "/")
	if err := w.Start.UnmarshalText([]byte(start)); err != nil {
		return err
	}
	if !isCycle {
		*w = MonthOf(w.Start)
		return nil
	}
	return w.End.UnmarshalText([]byte(end))
}

// maxWindow is the most months that an imported window has: those of the longest cycle, and one by which
// a boundary was moved.
const maxWindow = 13

// check completes an imported window without End, a month, and collects violations.
func (w *Window) check(v *fault.Violations) {
	switch {
	case w.Start.IsZero(), w.End.IsZero() && w.Start.Day() != 1:
		v.Add("start_date", reason.InvalidDate, "must be the first day of a month, or come with an end_date")
	case w.End.IsZero():
		*w = MonthOf(w.Start)
	case !w.Start.Before(w.End), w.Start.AddMonthsClamped(maxWindow).Before(w.End):
		v.Add("end_date", reason.OutOfRange, "must be after start_date, and at most %d months after it", maxWindow)
	}
}

// lastDay returns the last day of the window, or today if that is earlier.
func (w Window) lastDay(today date.Date) date.Date {
	if last := w.End.AddDays(-1); last.Before(today) {
		return last
	}
	return today
}
