package usage

import (
	"context"
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
	// past are the terms that recurrences had since those days. One without an entry has a past that is not
	// known.
	past map[recurrence.Key]past
	// settled is the day on which the settings last changed.
	settled date.Date
}

// asked are days of a recurrence.
type asked struct {
	contract recurrence.Recurrence
	days     []date.Date
}

// newPlacement reads what was counted near the days of recurrences, and which terms they had then. Days from
// today on need nothing read.
func newPlacement(ctx context.Context, r Reader, own settings.Settings, today date.Date, of map[recurrence.Key]asked) (placement, error) {
	p := placement{own: own, today: today, past: make(map[recurrence.Key]past)}
	zone, err := own.Location()
	if err != nil {
		return p, err
	}
	p.settled = date.Of(own.UpdateTime.In(zone))
	var keys []recurrence.Key
	since := make(map[recurrence.Key]date.Date)
	first, last := today, date.Date{}
	for key, one := range of {
		earliest, latest := one.before(today)
		if earliest.IsZero() {
			continue
		}
		keys = append(keys, key)
		if earliest.Before(first) {
			first = earliest
		}
		if last.Before(latest) {
			last = latest
		}
		since[key] = earliest
	}
	if len(keys) == 0 {
		return p, nil
	}
	if err := p.readPast(ctx, r, of, since, zone); err != nil {
		return p, err
	}
	p.counted, err = r.UsageWindows(ctx, keys, first.AddMonthsClamped(-maxWindow), last.AddDays(1))
	return p, err
}

// before returns the first and the last of the days that are before today, zero if none is.
func (a asked) before(today date.Date) (first, last date.Date) {
	for _, day := range a.days {
		if !day.Before(today) {
			continue
		}
		if first.IsZero() || day.Before(first) {
			first = day
		}
		if last.Before(day) {
			last = day
		}
	}
	return first, last
}

// window returns the window of a recurrence that a day is counted in. It follows from the cycle of that
// day, and the settings as they are. A day before today stays in the window that was counted in before
// the settings changed, or the cycle at a time that is not known, if there is one; of several, in the one
// that began last.
func (p placement) window(contract recurrence.Recurrence, day date.Date) Window {
	if !day.Before(p.today) {
		return WindowOf(p.own, contract, day)
	}
	past, known := p.past[contract.Key()]
	present := contract
	if known {
		contract.Terms = past.on(contract.Terms, day)
	}
	found := WindowOf(p.own, contract, day)
	var before Window
	for _, window := range p.counted[contract.Key()] {
		switch {
		case window == found, !window.holds(day), !before.Start.Before(window.Start):
		case known && (!window.isMonth() || p.settled.Before(day)) && (window.Start != day || p.shown(present, past, window)):
			// It is of a cycle that another had followed by that day. Of one that another followed on its first day,
			// no other day shows what was counted.
		case !p.replaced(contract, window, day):
			before = window
		}
	}
	if before.Start.IsZero() {
		return found
	}
	return before
}

// certain reports whether the window of a day follows from the settings and the history of cycles alone, although something was
// counted for it in another one. It does not until the settings have changed, which moved the windows, nor in a past that is not known.
func (p placement) certain(key recurrence.Key, day date.Date, counted Window) bool {
	if p.own.UsageWindow != settings.OfCycle {
		return p.settled.Before(day)
	}
	if counted.isMonth() && !p.settled.Before(day) {
		return false
	}
	_, known := p.past[key]
	return known || !day.Before(p.today)
}

// shown reports whether a window is the one of a day until today, by the terms that a recurrence had then.
func (p placement) shown(contract recurrence.Recurrence, past past, window Window) bool {
	present := contract.Terms
	at := func(day date.Date) bool {
		contract.Terms = past.on(present, day)
		return window.holds(day) && WindowOf(p.own, contract, day) == window
	}
	return at(p.today) || slices.ContainsFunc(past, func(change ended) bool { return at(change.day) || at(change.day.AddDays(-1)) })
}

// replaced reports whether a counted window had ended before its last day by a day in it, because
// another cycle began in it, or because a window of the present kind in it was counted and is over.
func (p placement) replaced(contract recurrence.Recurrence, window Window, day date.Date) bool {
	if !window.isMonth() && window.Start.Before(contract.StartDate) && !day.Before(contract.StartDate) {
		return true
	}
	return slices.ContainsFunc(p.counted[contract.Key()], func(other Window) bool {
		return !other.Start.Before(window.Start) && !day.Before(other.End) && other == WindowOf(p.own, contract, other.Start)
	})
}
