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
