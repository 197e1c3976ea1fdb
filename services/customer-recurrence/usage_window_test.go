package customerrecurrence_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
)

const quarterly = demoCustomer + "/recurrences/quarterly"

// contractQuarterly contracts a recurrence whose cycles begin on the 15th of February.
func (f *fixture) contractQuarterly() {
	f.t.Helper()
	if _, err := f.recurrences.CreateRecurrence(f.t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: "quarterly", Recurrence: &customerrecurrencev1.Recurrence{
			PackageId: "P", Price: amount("310", "MXN"), Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_QUARTERLY, StartDate: day(2026, 2, 15),
			Services: []*customerrecurrencev1.ContractedService{{ServiceId: "S", TransactionLimit: 10}},
		},
	}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) setUsage(window customerrecurrencev1.UsageWindow, percents ...int32) (*customerrecurrencev1.RecurrenceSettings, error) {
	return f.settings.UpdateRecurrenceSettings(f.t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
		RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{UsageWindow: window, UsageAlertPercents: percents},
		UpdateMask:         &fieldmaskpb.FieldMask{Paths: []string{"usage_window", "usage_alert_percents"}},
	})
}

// window returns what was consumed of S in the window of a day, as `2026-02-15 to 2026-05-15: 3/10`.
func (f *fixture) window(month, dayOfMonth int32) string {
	f.t.Helper()
	found, err := f.usage.SummarizeUsage(f.t.Context(), &customerrecurrencev1.SummarizeUsageRequest{Name: quarterly, Date: day(2026, month, dayOfMonth)})
	if err != nil {
		f.t.Fatal(err)
	}
	from, to, used := found.GetStartDate(), found.GetEndDate(), found.GetServices()[0]
	return fmt.Sprintf("%02d-%02d to %02d-%02d: %d/%d", from.GetMonth(), from.GetDay(), to.GetMonth(), to.GetDay(), used.GetConsumed(), used.GetIncluded())
}

func (f *fixture) alertsOf(name string) (alerts []string) {
	f.t.Helper()
	found, err := f.usage.ListUsageAlerts(f.t.Context(), &customerrecurrencev1.ListUsageAlertsRequest{Parent: name})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range found.GetUsageAlerts() {
		alerts = append(alerts, fmt.Sprintf("%d%% from %d-%d to %d-%d", a.GetPercent(), a.GetStartDate().GetMonth(), a.GetStartDate().GetDay(), a.GetEndDate().GetMonth(), a.GetEndDate().GetDay()))
	}
	slices.Sort(alerts)
	return alerts
}

func TestLimitsOfCyclesAndSharesOfOwnChoice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contractQuarterly()
		event := func(id string, quantity int64, at time.Time) *customerrecurrencev1.UsageEvent {
			return &customerrecurrencev1.UsageEvent{EventId: id, Recurrence: quarterly, ServiceId: "S", Quantity: quantity, EventTime: timestamppb.New(at)}
		}
		f.record(1, 0, 0, nil, event("month", 2, start))
		own, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE, 120, 50)
		if err != nil || !slices.Equal(own.GetUsageAlertPercents(), []int32{50, 120}) || own.GetUsageWindow() != customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE {
			t.Fatalf("got %v, error %v", own, err)
		}
		// The last moment before the cycle, its first, and one of a month after.
		boundary := time.Date(2026, time.February, 15, 0, 0, 0, 0, time.UTC)
		f.record(3, 0, 0, nil, event("before", 1, boundary.Add(-time.Second)), event("first", 4, boundary), event("now", 1, start))
		if got := f.window(4, 30); got != "02-15 to 05-15: 5/10" {
			t.Errorf("got %s", got)
		}
		if got := f.window(2, 14); got != "11-15 to 02-15: 1/10" {
			t.Errorf("before: got %s", got)
		}
		f.record(1, 0, 0, nil, event("more", 7, start))
		if got := f.plan("AUR120315XY4").GetPlanStatus(); got.GetFrom() != "2026-02-15T00:00:00+00:00" || got.GetTo() != "2026-05-14T23:59:59+00:00" ||
			!proto.Equal(got.GetDetail(), detail("S", "", 10, 12)) {
			t.Errorf("got plan %v", got)
		}
		want := []string{"120% from 2-15 to 5-15", "50% from 2-15 to 5-15"}
		if got := f.alertsOf(quarterly); !slices.Equal(got, want) {
			t.Errorf("got alerts %q, want %q", got, want)
		}
		f.importInto("copy", f.export("default"))
		if diff := cmp.Diff(f.export("default"), f.export("copy"), protocmp.Transform()); diff != "" {
			t.Errorf("exported, and after an import: %s", diff)
		}
		// What was counted in months stays there, and an empty list means the default.
		if own, err = f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_MONTH); err != nil || !slices.Equal(own.GetUsageAlertPercents(), []int32{80, 100}) {
			t.Errorf("got %v, error %v", own, err)
		}
		if got := f.window(3, 31); got != "03-01 to 04-01: 2/10" {
			t.Errorf("in months: got %s", got)
		}
		for _, wrong := range [][]int32{{0}, {1001}, {80, 80}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}} {
			if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_MONTH, wrong...); err == nil {
				t.Errorf("%v was accepted", wrong)
			}
		}
		f.expectRejected(codes.InvalidArgument, []string{"recurrence_settings.usage_window"}, func() error {
			_, err := f.setUsage(99)
			return err
		})
	})
}

// What was counted stays readable, and keeps its limit, when the windows move.
func TestUsageStaysInItsWindowWhenWindowsMove(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contractQuarterly()
		event := func(id string, quantity int64, month time.Month, on int) *customerrecurrencev1.UsageEvent {
			at := time.Date(2026, month, on, 12, 0, 0, 0, time.UTC)
			return &customerrecurrencev1.UsageEvent{EventId: id, Recurrence: quarterly, ServiceId: "S", Quantity: quantity, EventTime: timestamppb.New(at)}
		}
		expect := func(month, dayOfMonth int32, want string) {
			t.Helper()
			if got := f.window(month, dayOfMonth); got != want {
				t.Errorf("on %d-%d: got %s, want %s", month, dayOfMonth, got, want)
			}
		}
		on := func(month time.Month, day int) { f.clock.Set(time.Date(2026, month, day, 13, 0, 0, 0, time.UTC)) }
		on(time.March, 20)
		f.record(1, 0, 0, nil, event("1", 9, time.March, 20))
		on(time.April, 1)
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
			t.Fatal(err)
		}
		expect(3, 20, "03-01 to 04-01: 9/10")
		f.record(2, 0, 0, nil, event("late", 1, time.March, 25), event("2", 2, time.April, 1))
		expect(3, 25, "03-01 to 04-01: 10/10")
		// A correction on a day in the window that it was counted in stays there, and on another day leaves it.
		corrected, moved := event("late", 3, time.March, 26), event("late", 1, time.April, 1)
		corrected.Revision, moved.Revision = 1, 2
		f.record(0, 1, 0, nil, corrected)
		expect(3, 25, "03-01 to 04-01: 12/10")
		f.record(0, 1, 0, nil, moved)
		expect(3, 25, "03-01 to 04-01: 9/10")
		expect(4, 1, "02-15 to 05-15: 3/10")
		on(time.May, 20)
		f.record(2, 0, 0, nil, event("3", 1, time.April, 10), event("4", 4, time.May, 18))
		expect(4, 10, "02-15 to 05-15: 4/10")
		if _, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: quarterly, Recurrence: &customerrecurrencev1.Recurrence{
			Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY, Price: amount("310", "MXN"),
		}}); err != nil {
			t.Fatal(err)
		}
		on(time.May, 22)
		f.record(2, 0, 0, nil, event("5", 1, time.May, 19), event("6", 7, time.May, 21))
		expect(5, 18, "05-15 to 08-15: 5/10")
		expect(5, 21, "05-20 to 06-20: 7/10")
		// A share that is passed already creates no alert when the tenant chooses it.
		before := f.alertsOf(quarterly)
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE, 50, 90); err != nil {
			t.Fatal(err)
		}
		f.record(1, 0, 0, nil, event("7", 0, time.May, 21))
		if got := f.alertsOf(quarterly); !slices.Equal(got, before) {
			t.Errorf("got alerts %q, want %q", got, before)
		}
		f.record(1, 0, 0, nil, event("8", 2, time.May, 22))
		if got := f.alertsOf(quarterly); !slices.Contains(got, "90% from 5-20 to 6-20") || len(got) != len(before)+1 {
			t.Errorf("got alerts %q after %q", got, before)
		}
	})
}

// From the day on which the cycle changed, late events are counted in the new cycle's windows: also if the old one was like a month, and
// if the change was changed back.
func TestLateUsageFollowsTheCycleOfItsDay(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contractQuarterly()
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
			t.Fatal(err)
		}
		if _, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: quarterly, StartDate: day(2026, 3, 1), Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY},
		}); err != nil {
			t.Fatal(err)
		}
		sent := 0
		late := func(quantity int64, on int) {
			t.Helper()
			sent++
			f.record(1, 0, 0, nil, &customerrecurrencev1.UsageEvent{
				EventId: fmt.Sprint(sent), Recurrence: quarterly, ServiceId: "S", Quantity: quantity,
				EventTime: timestamppb.New(time.Date(2026, time.March, on, 12, 0, 0, 0, time.UTC)),
			})
		}
		change := func(cycle customerrecurrencev1.RecurrenceCycle) {
			t.Helper()
			if _, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: quarterly, Recurrence: &customerrecurrencev1.Recurrence{Cycle: cycle, Price: amount("310", "MXN")}}); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(dayOfMonth int32, want string) {
			t.Helper()
			if got := f.window(3, dayOfMonth); got != want {
				t.Errorf("on March %d: got %s, want %s", dayOfMonth, got, want)
			}
		}
		on := func(day int) { f.clock.Set(time.Date(2026, time.March, day, 13, 0, 0, 0, time.UTC)) }
		on(11)
		late(4, 11)
		change(customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_ANNUAL)
		late(5, 11)
		expect(11, "03-11 to 03-11: 5/10")
		change(customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY)
		on(20)
		late(1, 15)
		expect(15, "03-01 to 04-01: 5/10")
		expect(11, "03-11 to 03-11: 5/10")
		expect(12, "03-01 to 04-01: 5/10")
		late(1, 9)
		expect(9, "03-01 to 04-01: 6/10")
		on(21)
		change(customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_ANNUAL)
		on(25)
		late(2, 23)
		late(1, 19)
		expect(23, "03-21 to 03-21: 2/10")
		expect(19, "03-01 to 04-01: 7/10")
	})
}

// A correction stays in the window that the event was counted in, with its time as without.
func TestCorrectionStaysInItsWindow(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contractQuarterly()
		event := func(revision int32, quantity int64) *customerrecurrencev1.UsageEvent {
			return &customerrecurrencev1.UsageEvent{EventId: "e", Recurrence: quarterly, ServiceId: "S", Revision: revision, Quantity: quantity, EventTime: timestamppb.New(start)}
		}
		f.record(1, 0, 0, nil, event(0, 3))
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
			t.Fatal(err)
		}
		f.record(0, 1, 0, nil, event(1, 5))
		if got := f.window(3, 1); got != "02-15 to 05-15: 0/10" {
			t.Errorf("today: got %s", got)
		}
		f.clock.Advance(24 * time.Hour)
		if got := f.window(3, 1); got != "03-01 to 04-01: 5/10" {
			t.Errorf("the day after: got %s", got)
		}
	})
}

// A month of 100 million events is summed in advance: what was consumed is told without the events.
func TestUsageIsToldWithoutItsEvents(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contractQuarterly()
		f.record(1, 0, 0, nil, &customerrecurrencev1.UsageEvent{EventId: "1", Recurrence: quarterly, ServiceId: "S", Quantity: 100_000_000})
		db, err := database.Open(t.Context(), f.url, customerrecurrence.Migrations())
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE usage_events RENAME TO hidden_events")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if got := f.window(3, 1); got != "03-01 to 04-01: 100000000/10" {
			t.Errorf("got %s", got)
		}
		if got := f.plan("AUR120315XY4").GetPlanStatus().GetDetail().GetTotalConsumed(); got != 100_000_000 {
			t.Errorf("got %d in the plan", got)
		}
		// That the events cannot be read shows that they are hidden indeed: to count another, they are.
		_, err = f.usage.RecordUsage(t.Context(), &customerrecurrencev1.RecordUsageRequest{Events: []*customerrecurrencev1.UsageEvent{{EventId: "2", Recurrence: quarterly, ServiceId: "S", Quantity: 1}}})
		if status.Code(err) != codes.Internal {
			t.Errorf("counting another event without the events: got error %v, want INTERNAL", err)
		}
	})
}
