package customerrecurrence_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// usageMonths are the months of the drawn events: the present one and two before.
var usageMonths = []time.Month{time.January, time.February, time.March}

// drawnUsage draws revisions of events of two recurrences, of which each is the same whenever it is sent: any may be of another
// recurrence, service or month than the one before.
func drawnUsage(t *rapid.T, names []string, prefix string) (all []*customerrecurrencev1.UsageEvent) {
	for id := range rapid.IntRange(1, 6).Draw(t, "events") {
		for revision := range rapid.IntRange(1, 3).Draw(t, "revisions") {
			month := rapid.SampledFrom(usageMonths).Draw(t, "month")
			all = append(all, &customerrecurrencev1.UsageEvent{
				EventId: fmt.Sprint(prefix, id), Revision: int32(revision), Quantity: rapid.Int64Range(0, 9).Draw(t, "quantity"),
				Recurrence: rapid.SampledFrom(names).Draw(t, "recurrence"), ServiceId: rapid.SampledFrom([]string{"S", "T"}).Draw(t, "service"),
				EventTime: timestamppb.New(time.Date(2026, month, 1, rapid.IntRange(0, 9).Draw(t, "hour"), 0, 0, 0, time.UTC)),
			})
		}
	}
	return all
}

// usagePlace names where an event is counted.
func usagePlace(recurrence string, month time.Month, service string) string {
	return fmt.Sprint(recurrence, " ", month, " ", service)
}

// consumedOf returns what was consumed of recurrences in each month, by place, without what is 0.
func (f *fixture) consumedOf(t *rapid.T, names []string) map[string]int64 {
	found := make(map[string]int64)
	for _, name := range names {
		for _, month := range usageMonths {
			summary, err := f.usage.SummarizeUsage(context.Background(), &customerrecurrencev1.SummarizeUsageRequest{Name: name, Date: day(2026, int32(month), 28)})
			if err != nil {
				t.Fatal(err)
			}
			for _, service := range summary.GetServices() {
				if service.GetConsumed() != 0 {
					found[usagePlace(name, month, service.GetServiceId())] = service.GetConsumed()
				}
			}
		}
	}
	return found
}

// Usage recorded in any order, in any batches, late, corrected and with repeats is the sum of the last revisions. Each event is recorded
// once, corrected at most once a revision, and otherwise repeated.
func TestUsageIsTheSameInAnyOrder(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		rapid.Check(t, func(t *rapid.T) {
			histories++
			names := []string{f.contract(fmt.Sprint("usage-", histories, "-a"), false), f.contract(fmt.Sprint("usage-", histories, "-b"), false)}
			all := drawnUsage(t, names, fmt.Sprint(histories, "-"))
			last := make(map[string]*customerrecurrencev1.UsageEvent)
			for _, event := range all {
				if before := last[event.GetEventId()]; before == nil || event.GetRevision() > before.GetRevision() {
					last[event.GetEventId()] = event
				}
			}
			want := make(map[string]int64)
			for _, event := range last {
				if event.GetQuantity() > 0 {
					want[usagePlace(event.GetRecurrence(), event.GetEventTime().AsTime().Month(), event.GetServiceId())] += event.GetQuantity()
				}
			}
			repeats := rapid.SliceOfN(rapid.SampledFrom(all), 0, 8).Draw(t, "repeats")
			order := rapid.Permutation(append(slices.Clone(all), repeats...)).Draw(t, "order")
			var recorded, corrected, repeated int32
			for len(order) > 0 {
				batch := rapid.IntRange(1, len(order)).Draw(t, "batch")
				request := &customerrecurrencev1.RecordUsageRequest{}
				for _, event := range order[:batch] {
					request.Events = append(request.Events, proto.CloneOf(event))
				}
				order = order[batch:]
				got, err := f.usage.RecordUsage(context.Background(), request)
				if err != nil || len(got.GetRejections()) > 0 {
					t.Fatalf("got %v, error %v", got, err)
				}
				recorded, corrected, repeated = recorded+got.GetRecorded(), corrected+got.GetCorrected(), repeated+got.GetRepeatedEvents()
			}
			if int(recorded) != len(last) || int(recorded+corrected) > len(all) || int(recorded+corrected+repeated) != len(all)+len(repeats) {
				t.Fatalf("%d recorded, %d corrected and %d repeated of %d events in %d revisions, sent %d times", recorded, corrected, repeated, len(last), len(all), len(all)+len(repeats))
			}
			if got := f.consumedOf(t, names); !maps.Equal(got, want) {
				t.Fatalf("consumed %v, want %v", got, want)
			}
		})
	})
}

// cycled is a recurrence whose cycle changes: day by day, the terms that it ended with.
type cycled struct {
	name    string
	changes map[int]customerrecurrencev1.RecurrenceCycle
	terms   []recurrence.Terms
}

// sentUsage is an event that is sent on a day from firstCycle on, after what changed that day.
type sentUsage struct {
	*customerrecurrencev1.UsageEvent
	on, sent int
}

var firstCycle = date.MustNew(2026, 1, 10)

// windowOn returns the window of a day by the terms that it ended with.
func (c cycled) windowOn(day int) string {
	start, end, _ := c.terms[day].CycleOn(firstCycle.AddDays(day))
	return start.String() + " to " + end.String()
}

// drawnCycles draws the changes of recurrences, at most one a day, and revisions of events on days between them, each sent on its day or later.
func drawnCycles(t *rapid.T, names []string, prefix string, days int) (all []*cycled, sent []sentUsage) {
	for _, name := range names {
		c := &cycled{name: name, changes: make(map[int]customerrecurrencev1.RecurrenceCycle)}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			c.changes[rapid.IntRange(1, days-1).Draw(t, "day of a change")] = rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 4}).Draw(t, "cycle")
		}
		all = append(all, c)
	}
	for id := range rapid.IntRange(1, 4).Draw(t, "events") {
		name := rapid.SampledFrom(names).Draw(t, "recurrence")
		for revision := range rapid.IntRange(1, 3).Draw(t, "revisions") {
			on := rapid.IntRange(0, days-1).Draw(t, "day")
			sent = append(sent, sentUsage{&customerrecurrencev1.UsageEvent{
				EventId: fmt.Sprint(prefix, id), Revision: int32(revision), Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity"), Recurrence: name, ServiceId: "S",
				EventTime: timestamppb.New(firstCycle.AddDays(on).Time().Add(12 * time.Hour)),
			}, on, rapid.IntRange(on, days-1).Draw(t, "sent on")})
		}
	}
	return all, rapid.Permutation(sent).Draw(t, "order")
}

// endDay makes the changes of a day, then sends what is sent on it.
func (f *fixture) endDay(t *rapid.T, day int, all []*cycled, sent []sentUsage) {
	f.clock.Set(firstCycle.AddDays(day).Time().Add(time.Hour))
	for _, c := range all {
		present, err := f.recurrences.GetRecurrence(context.Background(), &customerrecurrencev1.GetRecurrenceRequest{Name: c.name})
		if to := c.changes[day]; err == nil && to != 0 && to != present.GetCycle() {
			var changed *customerrecurrencev1.ChangeRecurrenceResponse
			changed, err = f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
				Name: c.name, Recurrence: &customerrecurrencev1.Recurrence{Cycle: to, Price: amount("310", "MXN")},
			})
			present = changed.GetRecurrence()
		}
		if err != nil {
			t.Fatal(err)
		}
		cycles := map[customerrecurrencev1.RecurrenceCycle]recurrence.Cycle{1: recurrence.Monthly, 2: recurrence.Quarterly, 4: recurrence.Annual}
		c.terms = append(c.terms, recurrence.Terms{Cycle: cycles[present.GetCycle()], StartDate: dateOf(present.GetStartDate())})
	}
	f.clock.Set(firstCycle.AddDays(day).Time().Add(23 * time.Hour))
	for _, event := range sent {
		if event.sent != day {
			continue
		}
		got, err := f.usage.RecordUsage(context.Background(), &customerrecurrencev1.RecordUsageRequest{Events: []*customerrecurrencev1.UsageEvent{proto.CloneOf(event.UsageEvent)}})
		if err != nil || len(got.GetRejections()) > 0 {
			t.Fatalf("got %v, error %v", got, err)
		}
	}
}

// With windows of cycles that change between events, usage recorded in any order is the sum of the last revisions too, each in the window of
// its day by the cycle that the day ended with.
func TestUsageOfCyclesIsTheSameInAnyOrder(t *testing.T) {
	const days = 45
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.clock.Set(firstCycle.AddDays(-1).Time())
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			histories++
			f.clock.Set(firstCycle.Time())
			names := []string{f.contract(fmt.Sprint("cycles-", histories, "-a"), false), f.contract(fmt.Sprint("cycles-", histories, "-b"), false)}
			all, sent := drawnCycles(t, names, fmt.Sprint("c", histories, "-"), days)
			for day := range days {
				f.endDay(t, day, all, sent)
			}
			last := make(map[string]sentUsage)
			for _, event := range sent {
				if before, known := last[event.GetEventId()]; !known || event.GetRevision() > before.GetRevision() {
					last[event.GetEventId()] = event
				}
			}
			f.expectCycles(t, all, last, sent)
		})
	})
}

// expectCycles checks what was consumed in the windows of all days on which something may have been counted.
func (f *fixture) expectCycles(t *rapid.T, all []*cycled, last map[string]sentUsage, sent []sentUsage) {
	for _, c := range all {
		want := make(map[string]int64)
		for _, event := range last {
			if event.GetRecurrence() == c.name {
				want[c.windowOn(event.on)] += event.GetQuantity()
			}
		}
		for _, event := range sent {
			got, err := f.usage.SummarizeUsage(context.Background(), &customerrecurrencev1.SummarizeUsageRequest{Name: c.name, Date: gtype.Date(firstCycle.AddDays(event.on))})
			if err != nil {
				t.Fatal(err)
			}
			window, consumed := dateOf(got.GetStartDate()).String()+" to "+dateOf(got.GetEndDate()).String(), int64(0)
			for _, service := range got.GetServices() {
				consumed += service.GetConsumed()
			}
			if window != c.windowOn(event.on) || consumed != want[window] {
				t.Fatalf("%s on day %d, %s: consumed %d in %s, want %d in %s", c.name, event.on, firstCycle.AddDays(event.on), consumed, window,
					want[c.windowOn(event.on)], c.windowOn(event.on))
			}
		}
	}
}
