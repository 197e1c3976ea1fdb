package lives_test

import (
	"maps"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// reference is a second implementation of the rules for the life of one line. It knows every day of
// the line by itself, and shares no code with the engine: neither its periods, nor its prices, nor its
// spans of days.
type reference struct {
	number             int32
	start, end, anchor date.Date
	// former is the end before the line was cancelled.
	former             date.Date
	billDay, months    int
	billTo             int32
	arrears, cancelled bool
	// item, description, masterItem and master are texts of the line; empty for none.
	item, masterItem, master string
	prorations               *referenceProrations
	rates                    []*referenceRate
	pauses                   []*referencePause
	// next is the first day that was never billed in the order of days.
	next date.Date
	// billed holds what bills each day.
	billed map[date.Date]*referenceCharge
	// credits holds what was credited, in the order in which it was.
	credits []*referenceCredit
}

// referencePause ends on the day until, or never. asked and askedOpen are as until and open were
// before the line was resumed.
type referencePause struct {
	from, until, asked date.Date
	open, askedOpen    bool
	resumed            bool
}

// passedOver reports whether a day is billed because the line was resumed.
func (p *referencePause) passedOver(day date.Date) bool {
	return p.resumed && !day.Before(p.until) && (p.askedOpen || day.Before(p.asked))
}

func (p *referencePause) holds(day date.Date) bool {
	return !day.Before(p.from) && (p.open || day.Before(p.until))
}

func (r *reference) paused(day date.Date) bool {
	return slices.ContainsFunc(r.pauses, func(p *referencePause) bool { return p.holds(day) })
}

func (r *reference) ended(day date.Date) bool { return !r.end.IsZero() && !day.Before(r.end) }

// inMonth returns the bill day of the month that lies some months after another's.
func inMonth(of date.Date, months, billDay int) date.Date {
	first := time.Date(of.Year(), of.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return date.Of(first.AddDate(0, 0, min(billDay, last)-1))
}

// period returns the full period that holds a day, found by walking from the anchor.
func (r *reference) period(day date.Date) (begins, ends date.Date) {
	steps := 0
	for day.Before(inMonth(r.anchor, steps, r.billDay)) {
		steps -= r.months
	}
	for !day.Before(inMonth(r.anchor, steps+r.months, r.billDay)) {
		steps += r.months
	}
	return inMonth(r.anchor, steps, r.billDay), inMonth(r.anchor, steps+r.months, r.billDay)
}

// resume ends the pause of a day. It returns why it cannot.
func (r *reference) resume(on date.Date) string {
	for i, p := range r.pauses {
		if !p.holds(on) {
			continue
		}
		if on == p.from && !on.Before(r.next) {
			r.pauses = slices.Delete(slices.Clone(r.pauses), i, i+1)
		}
		if !p.resumed {
			p.asked, p.askedOpen = p.until, p.open
		}
		p.until, p.open, p.resumed = on, false, true
		r.returnRates()
		return ""
	}
	return "NOT_PAUSED"
}

// beyond returns the billed days that lie after the end and in a pause, if one is given.
func (r *reference) beyond(asked *referencePause) bool {
	for day := range r.billed {
		if r.ended(day) && (asked == nil || asked.holds(day)) {
			return true
		}
	}
	return false
}

// pausable returns why the line cannot be paused.
func (r *reference) pausable(asked *referencePause) string {
	overlaps := false
	for _, p := range r.pauses {
		overlaps = overlaps || (p.open || p.from.Before(p.until)) && (asked.open || p.from.Before(asked.until)) && (p.open || asked.from.Before(p.until))
	}
	switch {
	case asked.from.Before(r.start):
		return "BEFORE_START"
	case r.ended(asked.from):
		return "AFTER_END"
	case overlaps:
		return "DAYS_PAUSED"
	case r.cancelled && r.beyond(asked):
		return "ALREADY_CANCELLED"
	}
	return ""
}

// move sets the first day that is not billed. It returns why it cannot.
func (r *reference) move(to date.Date) string {
	billed, skipped := false, false
	for day := to; day.Before(r.next); day = day.AddDays(1) {
		billed = billed || r.billed[day] != nil && !r.billed[day].elsewhere
	}
	for day := r.next; day.Before(to); day = day.AddDays(1) {
		skipped = skipped || !r.paused(day) && r.billed[day] == nil
	}
	switch {
	case to == r.next:
		return ""
	case to.Before(r.start):
		return "BEFORE_START"
	case !r.end.IsZero() && r.end.Before(to):
		return "AFTER_END"
	case billed:
		return "PERIOD_BILLED"
	case skipped:
		return "DAYS_SKIPPED"
	}
	r.next = to
	maps.DeleteFunc(r.billed, func(day date.Date, charge *referenceCharge) bool { return charge.elsewhere && !day.Before(to) })
	r.returnRates()
	return ""
}

// restart begins a full period on the first day that is not billed.
func (r *reference) restart() {
	r.anchor = r.next
	if inMonth(r.next, 0, r.billDay) != r.next {
		r.billDay = r.next.Day()
	}
}

// latest is a day after all events of lives.
var latest = date.MustNew(2040, 1, 1)
