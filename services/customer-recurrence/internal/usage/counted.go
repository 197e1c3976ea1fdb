package usage

import (
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// placement says which window of a recurrence a day is counted in.
type placement struct {
	own   settings.Settings
	today date.Date
	// counted are the windows in which something was counted that may hold the days in question.
	counted map[recurrence.Key][]Window
}

// newPlacement reads what was counted near the days of recurrences. Days from today on need nothing read.
func newPlacement(ctx context.Context, r Reader, own settings.Settings, today date.Date, days map[recurrence.Key][]date.Date) (placement, error) {
	p := placement{own: own, today: today}
	asked := make(map[recurrence.Key]bool)
	first, last := today, date.Date{}
	for key, of := range days {
		for _, day := range of {
			if !day.Before(today) {
				continue
			}
			asked[key] = true
			if day.Before(first) {
				first = day
			}
			if last.Before(day) {
				last = day
			}
		}
	}
	if len(asked) == 0 {
		return p, nil
	}
	var err error
	p.counted, err = r.UsageWindows(ctx, slices.Collect(maps.Keys(asked)), first.AddMonthsClamped(-maxWindow), last.AddDays(1))
	return p, err
}

// window returns the window of a recurrence that a day is counted in. From today on it follows from the
// settings and the cycle as they are. An earlier day stays in the window that was counted in before
// they changed, if there is one; of several, in the one that began last.
func (p placement) window(contract recurrence.Recurrence, day date.Date) Window {
	found := windowOf(p.own, contract, day)
	if !day.Before(p.today) {
		return found
	}
	var before Window
	for _, window := range p.counted[contract.Key()] {
		if window != found && window.holds(day) && before.Start.Before(window.Start) && !p.replaced(contract, window, day) {
			before = window
		}
	}
	if before.Start.IsZero() {
		return found
	}
	return before
}

// replaced reports whether a counted window had ended before its last day by a day in it, because
// another cycle began in it, or because a window of the present kind in it was counted and is over.
func (p placement) replaced(contract recurrence.Recurrence, window Window, day date.Date) bool {
	if !window.isMonth() && window.Start.Before(contract.StartDate) && !day.Before(contract.StartDate) {
		return true
	}
	return slices.ContainsFunc(p.counted[contract.Key()], func(other Window) bool {
		return !other.Start.Before(window.Start) && !day.Before(other.End) && other == windowOf(p.own, contract, other.Start)
	})
}
