package usage

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Limit is what a recurrence may consume of a service in a month.
type Limit struct {
	// PackageID is the package that says what happens beyond it.
	PackageID catalogue.PackageID
	// Included is the number of transactions. 0 means that there is no limit.
	Included int32
	// Refused means that no more are counted.
	Refused bool
}

// Verdict is what became of an event.
type Verdict int

// The values of Verdict.
const (
	// Recorded means that it was counted for the first time.
	Recorded Verdict = iota
	// Corrected means that another revision of it was counted before.
	Corrected
	// Repeated means that it is counted already, in this revision or a higher one.
	Repeated
	// Refused means that it would exceed a limit.
	Refused
	// TooMuch means that it would exceed what a total can count.
	TooMuch
)

// tally counts events into totals. It begins with what is stored of both, and remembers what changes.
type tally struct {
	totals  map[Place]*Total
	places  map[TotalID]Place
	events  map[EventID]Counted
	changed map[Place]bool
	counted map[EventID]bool
	// before are the totals as they were stored.
	before map[Place]Total
}

// newTally returns a tally on the stored totals and events.
func newTally(totals []Total, events []Counted) *tally {
	t := &tally{
		totals: make(map[Place]*Total, len(totals)), places: make(map[TotalID]Place, len(totals)), events: make(map[EventID]Counted, len(events)),
		changed: make(map[Place]bool), counted: make(map[EventID]bool), before: make(map[Place]Total, len(totals)),
	}
	for _, total := range totals {
		t.totals[total.Place], t.places[total.ID], t.before[total.Place] = &total, total.Place, total
	}
	for _, event := range events {
		t.events[event.ID] = event
	}
	return t
}

// add counts an event at its place.
func (t *tally) add(event Event, at Place, limit Limit) Verdict {
	before, known := t.events[event.ID]
	if known && before.Revision >= event.Revision {
		return Repeated
	}
	total := t.at(at)
	more := event.Quantity
	if known && before.Total == total.ID {
		more -= before.Quantity
	}
	if more > 0 && total.Consumed > maxConsumed-more {
		return TooMuch
	}
	after := total.Consumed + more
	if limit.Refused && limit.Included > 0 && after > int64(limit.Included) && after > total.Consumed {
		return Refused
	}
	if known {
		t.take(before)
	}
	total.Consumed, total.Included, total.PackageID = total.Consumed+event.Quantity, limit.Included, limit.PackageID
	t.changed[at], t.counted[event.ID] = true, true
	t.events[event.ID] = Counted{ID: event.ID, Revision: event.Revision, Total: total.ID, Quantity: event.Quantity}
	if known {
		return Corrected
	}
	return Recorded
}

// kept returns where an event of a day is counted: a correction in the window of what it corrects, if it
// is of the same service and without a time, or of a day in that window whose own one is not known for certain. Where it is
// known, the correction is counted there, so that the order of revisions does not matter.
func (t *tally) kept(event Event, day date.Date, at Place, by placement) Place {
	before, known := t.events[event.ID]
	counted := t.places[before.Total]
	if !known || counted.Recurrence != at.Recurrence || counted.ServiceID != at.ServiceID {
		return at
	}
	if event.Time.IsZero() || counted.Window.holds(day) && !by.certain(at.Recurrence, day, counted.Window) {
		return counted
	}
	return at
}

// at returns the total of a place, a new one if there is none.
func (t *tally) at(place Place) *Total {
	total := t.totals[place]
	if total == nil {
		total = &Total{ID: TotalID(id.New()), Place: place}
		t.totals[place], t.places[total.ID] = total, place
	}
	return total
}

// take subtracts what an event was counted for.
func (t *tally) take(event Counted) {
	place := t.places[event.Total]
	t.totals[place].Consumed -= event.Quantity
	t.changed[place] = true
}

// reached returns the shares of a total's limit that have no alert yet and were not passed before, and
// marks them. thresholds are the shares that make an alert, in percent, in ascending order.
func (total *Total) reached(before Total, thresholds []int32) (percents []int32) {
	for _, percent := range thresholds {
		if percent <= total.Alerted || !total.passed(percent) {
			continue
		}
		if total.Alerted = percent; !before.passed(percent) {
			percents = append(percents, percent)
		}
	}
	return percents
}

// passed reports whether a share of the limit, in percent, is consumed.
func (total *Total) passed(percent int32) bool {
	return total.Included > 0 && total.Consumed >= (int64(percent)*int64(total.Included)+99)/100
}

// Rejection is an event that was not counted.
type Rejection struct {
	// Index is the place of the event in the request, from 0.
	Index       int
	EventID     EventID
	Reason      reason.Reason
	Description string
}

func rejected(index int, event Event, why reason.Reason, format string, args ...any) Rejection {
	return Rejection{Index: index, EventID: event.ID, Reason: why, Description: fmt.Sprintf(format, args...)}
}
