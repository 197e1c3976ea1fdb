package customerrecurrence_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

const metered = demoCustomer + "/recurrences/metered"

// meter contracts a recurrence with a service that is charged beyond 10, one that is refused beyond 5, and one without limit.
func (f *fixture) meter() {
	f.t.Helper()
	_, err := f.packages.CreatePackage(f.t.Context(), &customerrecurrencev1.CreatePackageRequest{
		PackageId: "METERED", Package: &customerrecurrencev1.Package{Versions: []*customerrecurrencev1.PackageVersion{{
			Prices: []*customerrecurrencev1.CyclePrice{{Price: amount("100", "MXN")}},
			IncludedServices: []*customerrecurrencev1.IncludedService{
				{
					ServiceId: "charged", TransactionLimit: 10, Overage: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_CHARGED,
					OveragePrices: []*money.Money{amount("1.235", "MXN"), amount("0.10", "USD")},
				},
				{ServiceId: "refused", TransactionLimit: 5, Overage: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_REFUSED},
				{ServiceId: "free"},
			},
		}}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.recurrences.CreateRecurrence(f.t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: "metered", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "METERED"},
	}); err != nil {
		f.t.Fatal(err)
	}
}

func consumed(id, service string, quantity int64) *customerrecurrencev1.UsageEvent {
	return &customerrecurrencev1.UsageEvent{EventId: id, Recurrence: metered, ServiceId: service, Quantity: quantity}
}

// record records events and checks what became of them: recorded, corrected and repeated ones, and the reasons of rejections.
func (f *fixture) record(recorded, corrected, repeated int32, rejections []string, events ...*customerrecurrencev1.UsageEvent) {
	f.t.Helper()
	got, err := f.usage.RecordUsage(f.t.Context(), &customerrecurrencev1.RecordUsageRequest{Events: events})
	if err != nil {
		f.t.Fatal(err)
	}
	var reasons []string
	for _, rejection := range got.GetRejections() {
		reasons = append(reasons, fmt.Sprint(rejection.GetIndex(), " ", rejection.GetReason()))
	}
	if got.GetRecorded() != recorded || got.GetCorrected() != corrected || got.GetRepeatedEvents() != repeated || !slices.Equal(reasons, rejections) {
		f.t.Errorf("got %v, want %d recorded, %d corrected, %d repeated, rejections %v", got, recorded, corrected, repeated, rejections)
	}
}

// expectUsage checks what was consumed in a month, each service as `id consumed/included left overage amount`.
func (f *fixture) expectUsage(name string, month int32, want ...string) {
	f.t.Helper()
	found, err := f.usage.SummarizeUsage(f.t.Context(), &customerrecurrencev1.SummarizeUsageRequest{Name: name, Date: day(2026, month, 28)})
	if err != nil {
		f.t.Fatal(err)
	}
	var got []string
	for _, s := range found.GetServices() {
		line := fmt.Sprintf("%s %d/%d %d %d", s.GetServiceId(), s.GetConsumed(), s.GetIncluded(), s.GetLeft(), s.GetOverage())
		if s.GetOverageAmount() != nil {
			line += fmt.Sprintf(" %d.%09d", s.GetOverageAmount().GetUnits(), s.GetOverageAmount().GetNanos())
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) || found.GetStartDate().GetMonth() != month || found.GetEndDate().GetMonth() != month+1 {
		f.t.Errorf("got %q in %v to %v, want %q", got, found.GetStartDate(), found.GetEndDate(), want)
	}
}

func TestUsageIsCountedOnceInTheMonthOfTheEvent(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.meter()
		if _, err := f.settings.UpdateRecurrenceSettings(t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
			RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{TimeZone: "America/Mexico_City"},
		}); err != nil {
			t.Fatal(err)
		}
		// By Mexico's clock the last evening of February.
		late := consumed("late", "charged", 4)
		late.EventTime = timestamppb.New(time.Date(2026, time.March, 1, 5, 59, 0, 0, time.UTC))
		tomorrow, draft := consumed("tomorrow", "free", 1), consumed("draft", "free", 1)
		tomorrow.EventTime, draft.Recurrence = timestamppb.New(start.Add(25*time.Hour)), f.contract("draft", true)
		nobody := consumed("nobody", "free", 1)
		nobody.Recurrence = demoCustomer + "/recurrences/nobody"
		f.record(4, 0, 1, []string{"4 OUT_OF_RANGE", "5 LIFE_CYCLE_STATE", "6 NOT_FOUND"},
			consumed("a", "charged", 9), consumed("a", "charged", 9), late, consumed("b", "free", 1_000_000_000), tomorrow, draft, nobody, consumed("c", "else", 0))
		f.record(0, 0, 3, nil, consumed("a", "charged", 7), late, consumed("c", "else", 2))
		f.expectUsage(metered, 3, "charged 9/10 1 0 0.000000000", "refused 0/5 5 0", "free 1000000000/0 0 0", "else 0/0 0 0")
		f.expectUsage(metered, 2, "charged 4/10 6 0 0.000000000", "refused 0/5 5 0", "free 0/0 0 0")
		f.clock.Advance(31 * 24 * time.Hour) // a correction without a time stays in the month of the event
		corrected, moved := consumed("a", "charged", 13), consumed("late", "free", 5)
		moved.EventTime = timestamppb.New(start)
		corrected.Revision, moved.Revision = 1, 2
		f.record(0, 2, 0, nil, corrected, moved)
		f.record(0, 0, 2, nil, corrected, consumed("a", "charged", 1))
		// 3 times 1.235 is 3.705, rounded half away from zero.
		f.expectUsage(metered, 3, "charged 13/10 0 3 3.710000000", "refused 0/5 5 0", "free 1000000005/0 0 0", "else 0/0 0 0")
		f.expectUsage(metered, 2, "charged 0/10 10 0 0.000000000", "refused 0/5 5 0", "free 0/0 0 0")
	})
}

func TestUsageReachesLimits(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.meter()
		f.record(2, 0, 0, []string{"1 USAGE_LIMIT_REACHED"}, consumed("1", "refused", 4), consumed("2", "refused", 2), consumed("3", "refused", 1))
		lower := consumed("1", "refused", 1)
		lower.Revision = 1
		f.record(1, 1, 0, nil, lower, consumed("2", "refused", 2))
		f.record(1, 0, 0, nil, consumed("4", "charged", 11))
		f.expectUsage(metered, 3, "charged 11/10 0 1 1.240000000", "refused 4/5 1 0", "free 0/0 0 0")
		alerts, err := f.usage.ListUsageAlerts(t.Context(), &customerrecurrencev1.ListUsageAlertsRequest{Parent: metered, OrderBy: "create_time"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range alerts.GetUsageAlerts() {
			got = append(got, fmt.Sprintf("%s %d%% %d/%d", a.GetServiceId(), a.GetPercent(), a.GetConsumed(), a.GetIncluded()))
		}
		slices.Sort(got)
		if want := []string{"charged 100% 11/10", "charged 80% 11/10", "refused 100% 5/5", "refused 80% 5/5"}; !slices.Equal(got, want) {
			t.Errorf("got alerts %q, want %q", got, want)
		}
		f.expectAlertsInFeed(alerts.GetUsageAlerts())
		f.expectRejected(codes.FailedPrecondition, nil, func() error {
			_, err := f.recurrences.DeleteRecurrence(t.Context(), &customerrecurrencev1.DeleteRecurrenceRequest{Name: metered})
			return err
		})
		f.importInto("copy", f.export("default"))
		if exported, copied := f.export("default"), f.export("copy"); len(exported) != len(copied) {
			t.Errorf("exported %d resources, and %d after an import", len(exported), len(copied))
		}
		if _, err := f.customers.MergeCustomer(t.Context(), &customerrecurrencev1.MergeCustomerRequest{Name: "customers/C-1002", Duplicate: demoCustomer}); err != nil {
			t.Fatal(err)
		}
		f.expectUsage("customers/C-1002/recurrences/metered", 3, "charged 11/10 0 1 1.240000000", "refused 4/5 1 0", "free 0/0 0 0")
		// By its old name, the recurrence is found where it is now, and a correction in its month.
		again, unknown := consumed("4", "charged", 12), consumed("6", "free", 1)
		again.Revision, unknown.Recurrence = 1, demoCustomer+"/recurrences/nobody"
		f.record(1, 1, 1, []string{"3 USAGE_LIMIT_REACHED", "4 NOT_FOUND"}, again, consumed("5", "free", 3), consumed("4", "charged", 1), consumed("7", "refused", 2), unknown)
		f.expectUsage("customers/C-1002/recurrences/metered", 3, "charged 12/10 0 2 2.470000000", "refused 4/5 1 0", "free 3/0 0 0")
	})
}

// expectAlertsInFeed checks that the change feed has the alerts, and each can be read.
func (f *fixture) expectAlertsInFeed(alerts []*customerrecurrencev1.UsageAlert) {
	f.t.Helper()
	found, err := f.feed.ListChanges(f.t.Context(), &changesv1.ListChangesRequest{ResourceTypes: []string{"UsageAlert"}})
	if err != nil || len(found.GetChanges()) != len(alerts) {
		f.t.Errorf("got %v, error %v, want %d alerts in the feed", found, err, len(alerts))
	}
	for _, alert := range alerts {
		got, err := f.usage.GetUsageAlert(f.t.Context(), &customerrecurrencev1.GetUsageAlertRequest{Name: alert.GetName()})
		batch, err2 := f.usage.BatchGetUsageAlerts(f.t.Context(), &customerrecurrencev1.BatchGetUsageAlertsRequest{Parent: metered, Names: []string{alert.GetName()}})
		if err != nil || err2 != nil || !proto.Equal(got, alert) || !proto.Equal(batch.GetUsageAlerts()[0], alert) {
			f.t.Errorf("got %v and %v, errors %v, %v, want %v", got, batch, err, err2, alert)
		}
	}
}

// The same events, new and corrected, in several calls at once are counted once.
func TestUsageRecordedAtOnceIsCountedOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.meter()
		const calls, events = 4, 20
		var recorded, corrected atomic.Int32
		var group errgroup.Group
		for call := range calls {
			group.Go(func() error {
				request := &customerrecurrencev1.RecordUsageRequest{}
				for n := range events {
					id := (n + call*7) % events
					event := consumed(fmt.Sprint(id), []string{"charged", "free"}[id%2], int64(1+call%2))
					event.Revision = int32(call % 2)
					request.Events = append(request.Events, event)
				}
				got, err := f.usage.RecordUsage(t.Context(), request)
				recorded.Add(got.GetRecorded())
				corrected.Add(got.GetCorrected())
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if recorded.Load() != events || corrected.Load() > events {
			t.Errorf("got %d recorded and %d corrected", recorded.Load(), corrected.Load())
		}
		f.expectUsage(metered, 3, "charged 20/10 0 10 12.350000000", "refused 0/5 5 0", "free 20/0 0 0")
	})
}

func TestUsageRefusesWhatNoEventCanBe(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	f.meter()
	for field, change := range map[string]func(*customerrecurrencev1.UsageEvent){
		"events[1].event_id":   func(e *customerrecurrencev1.UsageEvent) { e.EventId = "" },
		"events[1].quantity":   func(e *customerrecurrencev1.UsageEvent) { e.Quantity = -1 },
		"events[1].recurrence": func(e *customerrecurrencev1.UsageEvent) { e.Recurrence = "customers/C-1001" },
		"events[1].service_id": func(e *customerrecurrencev1.UsageEvent) { e.ServiceId = " " },
		"events[1].event_time": func(e *customerrecurrencev1.UsageEvent) { e.EventTime = timestamppb.New(time.Unix(0, 0)) },
		"events[1].revision":   func(e *customerrecurrencev1.UsageEvent) { e.Revision = -1 },
	} {
		wrong := consumed("wrong", "charged", 1)
		change(wrong)
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error {
			_, err := f.usage.RecordUsage(t.Context(), &customerrecurrencev1.RecordUsageRequest{Events: []*customerrecurrencev1.UsageEvent{consumed("right", "charged", 1), wrong}})
			return err
		})
	}
	before := f.rows()
	if _, err := f.usage.RecordUsage(t.Context(), &customerrecurrencev1.RecordUsageRequest{Events: []*customerrecurrencev1.UsageEvent{consumed("a", "charged", 9)}, ValidateOnly: true}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, f.rows()) {
		t.Error("a request that only validates changed the store")
	}
}
