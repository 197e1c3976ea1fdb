package usage

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Outcome is what became of many events.
type Outcome struct {
	// Recorded, Corrected and Repeated are the numbers of events with these verdicts.
	Recorded, Corrected, Repeated int
	// Rejections are the events that were not counted, in their order.
	Rejections []Rejection
}

// The bounds of events.
const (
	maxQuantity = 1_000_000_000
	maxRevision = 1_000_000
	maxEventID  = 128
)

// earliest is the earliest time of an event.
var earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// Record counts events. Those that cannot be counted are rejections. Faults: Invalid, for events that no
// recurrence could have.
func (s *Service) Record(ctx context.Context, events []Event, options ...mutation.Option) (Outcome, error) {
	v := &fault.Violations{}
	for i, event := range events {
		event.check(v.In("events[%d]", i))
	}
	if err := v.Err(); err != nil {
		return Outcome{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Outcome, error) { return record(ctx, w, events) },
		append(options, mutation.Guarded(), mutation.Unrecorded())...)
}

func (e Event) check(v *fault.Violations) {
	if v.Require("event_id", e.ID != "") && len(e.ID) > maxEventID {
		v.Add("event_id", reason.TooLong, "must be at most %d bytes", maxEventID)
	}
	v.PlainText("event_id", string(e.ID), maxEventID)
	field.Word(v, "service_id", string(e.ServiceID), catalogue.MaxServiceID)
	if e.Quantity < 0 || e.Quantity > maxQuantity {
		v.Add("quantity", reason.OutOfRange, "must be from 0 to %d", maxQuantity)
	}
	if e.Revision < 0 || e.Revision > maxRevision {
		v.Add("revision", reason.OutOfRange, "must be from 0 to %d", maxRevision)
	}
	if !e.Time.IsZero() && e.Time.Before(earliest) {
		v.Add("event_time", reason.OutOfRange, "must be in the year 2000 or later")
	}
}

// recording is one mutation that counts events.
type recording struct {
	own       settings.Settings
	placement placement
	zone      *time.Location
	today     date.Date
	now       time.Time
	contracts map[recurrence.Key]recurrence.Recurrence
	packages  packages
	outcome   Outcome
}

func record(ctx context.Context, w Writer, events []Event) (Outcome, error) {
	r, err := newRecording(ctx, w, events)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.readPlacement(ctx, w, events); err != nil {
		return Outcome{}, err
	}
	places := make([]Place, len(events))
	var wanted []int
	for i, event := range events {
		place, rejection := r.place(i, event)
		if rejection != nil {
			r.outcome.Rejections = append(r.outcome.Rejections, *rejection)
			continue
		}
		places[i], wanted = place, append(wanted, i)
	}
	counts, err := begin(ctx, w, events, places, wanted)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.readKept(ctx, w, counts); err != nil {
		return Outcome{}, err
	}
	known := maps.Clone(counts.events)
	stored := make(map[TotalID]bool, len(counts.places))
	for id := range counts.places {
		stored[id] = true
	}
	for _, i := range wanted {
		r.count(counts, i, events[i], counts.kept(events[i], r.dayOf(events[i]), places[i], r.placement))
	}
	slices.SortStableFunc(r.outcome.Rejections, func(a, b Rejection) int { return a.Index - b.Index })
	return r.outcome, r.keep(ctx, w, counts, known, stored)
}

// newRecording reads what the events refer to.
func newRecording(ctx context.Context, w Writer, events []Event) (*recording, error) {
	own, err := w.Settings(ctx)
	if err != nil {
		return nil, err
	}
	r := &recording{own: own, now: w.Now(), contracts: make(map[recurrence.Key]recurrence.Recurrence), packages: make(packages)}
	if r.zone, err = own.Location(); err != nil {
		return nil, err
	}
	r.today = date.Of(r.now.In(r.zone))
	asked := make(map[recurrence.Key]bool)
	for _, event := range events {
		asked[event.Recurrence] = true
	}
	found, err := w.RecurrencesByKey(ctx, slices.Collect(maps.Keys(asked)))
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		r.contracts[one.Key()] = one
	}
	if err := r.packages.read(ctx, w, contracted(found)...); err != nil {
		return nil, err
	}
	return r, r.readMoved(ctx, w, asked)
}

// readKept reads the packages that months that are over keep.
func (r *recording) readKept(ctx context.Context, w Writer, counts *tally) error {
	var kept []catalogue.PackageID
	for _, total := range counts.totals {
		if total.keeps(r.today) {
			kept = append(kept, total.PackageID)
		}
	}
	return r.packages.read(ctx, w, kept...)
}

// readPlacement reads which windows the days of the events were counted in before.
func (r *recording) readPlacement(ctx context.Context, w Writer, events []Event) (err error) {
	days := make(map[recurrence.Key]asked)
	for _, event := range events {
		if contract, exists := r.contracts[event.Recurrence]; exists {
			key := contract.Key()
			days[key] = asked{contract, append(days[key].days, r.dayOf(event))}
		}
	}
	r.placement, err = newPlacement(ctx, w, r.own, r.today, days)
	return err
}

// timeOf returns when an event happened.
func (r *recording) timeOf(event Event) time.Time {
	if event.Time.IsZero() {
		return r.now
	}
	return event.Time
}

// dayOf returns the tenant's day of an event.
func (r *recording) dayOf(event Event) date.Date { return date.Of(r.timeOf(event).In(r.zone)) }

// place returns where an event is counted, or why it is not.
func (r *recording) place(index int, event Event) (Place, *Rejection) {
	at := r.timeOf(event)
	contract, exists := r.contracts[event.Recurrence]
	var no Rejection
	switch {
	case !exists:
		no = rejected(index, event, reason.NotFound, "there is no recurrence %s", event.Recurrence)
	case contract.State == recurrence.Draft:
		no = rejected(index, event, reason.LifeCycleState, "recurrence %s is %s: activate it first", event.Recurrence, contract.State)
	case at.After(r.now.Add(24 * time.Hour)):
		no = rejected(index, event, reason.OutOfRange, "event_time must be at most a day to come")
	default:
		return Place{contract.Key(), event.ServiceID, r.placement.window(contract, r.dayOf(event))}, nil
	}
	return Place{}, &no
}

// count counts an event and notes what became of it.
func (r *recording) count(counts *tally, index int, event Event, at Place) {
	limit := r.limit(at, counts.totals[at])
	switch counts.add(event, at, limit) {
	case Recorded:
		r.outcome.Recorded++
	case Corrected:
		r.outcome.Corrected++
	case Repeated:
		r.outcome.Repeated++
	case TooMuch:
		r.outcome.Rejections = append(r.outcome.Rejections, rejected(index, event, reason.OutOfRange,
			"at most %d of a service are counted in a %s, and this would be more", int64(maxConsumed), at.Window.kind()))
	case Refused:
		r.outcome.Rejections = append(r.outcome.Rejections, rejected(index, event, reason.UsageLimitReached,
			"recurrence %s may consume %d of service %q in a %s, and the package refuses more", event.Recurrence, limit.Included, event.ServiceID, at.Window.kind()))
	}
}

// limit returns the limit of a place that has a total, or nil: what is contracted, or what the total
// keeps.
func (r *recording) limit(at Place, total *Total) Limit {
	contract := r.contracts[at.Recurrence]
	limit := Limit{PackageID: contract.PackageID, Included: contract.Limit(at.ServiceID)}
	if total != nil && total.keeps(r.today) {
		limit.PackageID, limit.Included = total.PackageID, total.Included
	}
	version, _ := r.packages[limit.PackageID].On(at.Window.lastDay(r.today))
	limit.Refused = version.Of(at.ServiceID).Overage == catalogue.Refused
	return limit
}
