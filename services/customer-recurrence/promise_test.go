package customerrecurrence_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

func (f *fixture) setProration(rule customerrecurrencev1.Proration) {
	f.t.Helper()
	if _, err := f.settings.UpdateRecurrenceSettings(f.t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
		RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{Proration: rule}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"proration"}},
	}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) updatePackage(pack *customerrecurrencev1.Package, paths ...string) {
	f.t.Helper()
	if _, err := f.packages.UpdatePackage(f.t.Context(), &customerrecurrencev1.UpdatePackageRequest{
		Package: pack, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
	}); err != nil {
		f.t.Fatal(err)
	}
}

// A quote is taken as it was made until it expires, whatever becomes of the settings and the catalogue meanwhile.
func TestQuoteIsKeptUntilItExpires(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.offer()
		f.clock.Set(time.Date(2026, 3, 11, 20, 0, 0, 0, time.UTC))
		name := f.paid("K", [3]int32{2026, 6, 1})
		f.updateCycle(name, customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_QUARTERLY)
		ask := &customerrecurrencev1.Recurrence{PackageId: "SMALL", Price: amount("93", "MXN")}
		quote := f.quote(name, now, ask)
		f.setProration(customerrecurrencev1.Proration_PRORATION_BY_PERIOD)
		other := f.quote(name, now, ask)
		if proto.Equal(quote.GetCredit(), other.GetCredit()) || proto.Equal(quote.GetCharge(), other.GetCharge()) {
			t.Fatalf("the rule makes no difference: %v and %v", quote, other)
		}
		// The version of the quote's day, March 11, enforces another limit, the demo's package cannot be followed by it, and it is inactive.
		f.updatePackage(&customerrecurrencev1.Package{Name: "packages/SMALL", Inactive: true, Versions: []*customerrecurrencev1.PackageVersion{{
			IncludedServices: []*customerrecurrencev1.IncludedService{included("S", 99, true)},
		}}}, "inactive", "versions")
		f.clock.Advance(20 * time.Hour)
		f.expectRejected(codes.InvalidArgument, []string{"recurrence.package_id"}, func() error {
			_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: ask})
			return err
		})
		made, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: quote.GetQuote()})
		if err != nil {
			t.Fatal(err)
		}
		got := proto.CloneOf(made.GetChange())
		got.Name, got.Actor, got.CreateTime = "", "", nil
		if diff := cmp.Diff(quote.GetChange(), got, protocmp.Transform()); diff != "" {
			t.Errorf("quote and change (-quote +change):\n%s", diff)
		}
	})
}

func (f *fixture) updateCycle(name string, cycle customerrecurrencev1.RecurrenceCycle) {
	f.t.Helper()
	if _, err := f.recurrences.UpdateRecurrence(f.t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
		Recurrence: &customerrecurrencev1.Recurrence{Name: name, Cycle: cycle}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"cycle"}},
	}); err != nil {
		f.t.Fatal(err)
	}
}

// What is to count from a later day is checked against the version of the package of that day: a change at the period's end, and a
// recurrence that starts then. SMALL enforces 10 of S until March 1, and 20 from March 2 on.
func TestLaterDaysAreCheckedAgainstTheirOwnLimits(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.offer()
		limited := func(limit int32) *customerrecurrencev1.Recurrence {
			return &customerrecurrencev1.Recurrence{PackageId: "SMALL", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "S", TransactionLimit: limit}}}
		}
		name := f.paid("L", [3]int32{2026, 4, 1})
		ask := func(when customerrecurrencev1.ChangeTiming, limit int32) error {
			_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: limited(limit), Timing: when, ValidateOnly: true})
			return err
		}
		const field = "recurrence.services[0].transaction_limit"
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error { return ask(now, 20) })
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error { return ask(periodEnd, 10) })
		for when, limit := range map[customerrecurrencev1.ChangeTiming]int32{now: 10, periodEnd: 20} {
			if err := ask(when, limit); err != nil {
				t.Errorf("%v: %v", when, err)
			}
		}
		// Without services, the package brings its own of that day.
		later, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "SMALL"}, Timing: periodEnd})
		if err != nil || later.GetScheduledChange().GetRecurrence().GetServices()[0].GetTransactionLimit() != 20 {
			t.Errorf("got %v, error %v", later, err)
		}
		contract := func(r *customerrecurrencev1.Recurrence, from int32) error {
			r.StartDate = day(2026, 3, from)
			_, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{Parent: demoCustomer, Recurrence: r})
			return err
		}
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error { return contract(limited(10), 2) })
		for _, c := range []struct{ limit, from int32 }{{10, 1}, {20, 2}, {0, 2}} {
			wanted := limited(c.limit)
			if c.limit == 0 {
				wanted.Services = nil
			}
			if err := contract(wanted, c.from); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
		f.stop()
		f = startFixtureAt(t, f.url, newClock(2026, 4, 9))
		f.expectScheduled(later.GetScheduledChange().GetName(), customerrecurrencev1.ScheduledChange_STATE_DONE)
	})
}

// What was contracted stays as it is, also when it is exported and imported after its package enforces something else.
func TestImportTakesWhatWasContractedBefore(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	f.offer()
	if _, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: "old", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "SMALL"},
	}); err != nil {
		t.Fatal(err)
	}
	f.updatePackage(&customerrecurrencev1.Package{Name: "packages/SMALL", Enforced: true, ServiceIds: []string{"T"}}, "enforced", "service_ids")
	f.clock.Advance(48 * time.Hour)
	f.importInto("copy", f.export("default"))
}

// A recurrence that was overdue when its cycle changed can go on being changed. The new cycle begins on the first day that is not
// paid, and a change back gives the first dates.
func TestOverdueCyclesChange(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.clock.Set(time.Date(2026, 5, 11, 20, 0, 0, 0, time.UTC))
		name := f.paid("O", [3]int32{2026, 4, 1})
		first := f.recurrence(name)
		change := func(to *customerrecurrencev1.Recurrence) *customerrecurrencev1.Recurrence {
			t.Helper()
			changed, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to})
			if err != nil {
				t.Fatal(err)
			}
			return changed.GetRecurrence()
		}
		annual := change(&customerrecurrencev1.Recurrence{Price: amount("3100", "MXN"), Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_ANNUAL})
		if !proto.Equal(annual.GetStartDate(), day(2026, 4, 1)) || !proto.Equal(annual.GetPaidUntilDate(), day(2026, 4, 1)) {
			t.Errorf("got %v", annual)
		}
		monthly := change(&customerrecurrencev1.Recurrence{Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY})
		if diff := cmp.Diff(normal(first), normal(monthly), protocmp.Transform()); diff != "" {
			t.Errorf("first and back (-first +back):\n%s", diff)
		}
		change(&customerrecurrencev1.Recurrence{DisplayName: "goes on"})
	})
}
