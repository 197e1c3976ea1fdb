package customerrecurrence_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update and of a Get.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, customerrecurrence.Migrations()))
	f := startFixture(t, url)
	n := 0
	update := trips.Least(func() {
		n++
		if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{
			Name: new(fmt.Sprintf("name %d", n)), Services: services(service("S")),
		}); err != nil {
			t.Fatal(err)
		}
	})
	get := trips.Least(func() {
		if _, err := f.recurrences.GetRecurrence(t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: demoRecurrence}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("an update %d, a Get %d", update, get)
	if update > 3 || get > 1 {
		t.Errorf("an update makes %d round trips and a Get %d, want at most 3 and 1", update, get)
	}
}

// TestRoundTripsOfLateUsage counts those of a batch of late events in windows of cycles, one of each of many recurrences whose cycle changed
// since: no more than of one recurrence.
func TestRoundTripsOfLateUsage(t *testing.T) {
	const many = 200
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, customerrecurrence.Migrations()))
	f := startFixture(t, url)
	if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
		t.Fatal(err)
	}
	late := start.Add(24 * time.Hour)
	var names []string
	f.clock.Set(late)
	for i := range many {
		names = append(names, f.contract(fmt.Sprint("late-", i), false))
	}
	f.clock.Set(late.Add(3 * 24 * time.Hour))
	for _, name := range names {
		if _, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
			Name: name, Recurrence: &customerrecurrencev1.Recurrence{Cycle: 2, Price: amount("900", "MXN")},
		}); err != nil {
			t.Fatal(err)
		}
	}
	sent := 0
	record := func(names []string) int64 {
		return trips.Least(func() {
			request := &customerrecurrencev1.RecordUsageRequest{}
			for _, name := range names {
				sent++
				request.Events = append(request.Events, &customerrecurrencev1.UsageEvent{
					EventId: fmt.Sprint("late-", sent), Recurrence: name, ServiceId: "S", Quantity: 1, EventTime: timestamppb.New(late.Add(24 * time.Hour)),
				})
			}
			if got, err := f.usage.RecordUsage(t.Context(), request); err != nil || int(got.GetRecorded()) != len(names) {
				t.Fatalf("got %v, error %v", got, err)
			}
		})
	}
	one, all := record(names[:1]), record(names)
	t.Logf("an event %d, events of %d recurrences %d", one, many, all)
	if all > one+2 {
		t.Errorf("late events of %d recurrences make %d round trips, and one makes %d", many, all, one)
	}
	summary, err := f.usage.SummarizeUsage(t.Context(), &customerrecurrencev1.SummarizeUsageRequest{Name: names[1], Date: day(2026, 3, 3)})
	if err != nil || summary.GetServices()[0].GetConsumed() == 0 || summary.GetEndDate().GetMonth() != 4 {
		t.Errorf("got %v, error %v", summary, err)
	}
}

// TestRoundTripsOfThePlanOfManyCustomers counts those of the plan of a company that invoices some thousand customers: no more than of one
// with two.
func TestRoundTripsOfThePlanOfManyCustomers(t *testing.T) {
	const customers = 2500
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, customerrecurrence.Migrations()))
	f := startFixture(t, url)
	if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
		t.Fatal(err)
	}
	var all []proto.Message
	for i := range customers {
		one := smallCustomer()
		one.Name, one.GrantorTaxId = fmt.Sprintf("customers/M-%04d", i), "MAB9307148T4"
		all = append(all, one, &customerrecurrencev1.Recurrence{
			Name: one.GetName() + "/recurrences/R", PackageId: "P", Price: amount("1", "MXN"), StartDate: day(2020+int32(i%6), 1+int32(i%12), 1+int32(i%28)),
			Services: []*customerrecurrencev1.ContractedService{{ServiceId: "many", TransactionLimit: 3}},
		})
	}
	for part := range slices.Chunk(all, 2000) {
		f.importAll(t, part...)
	}
	few := trips.Least(func() { f.plan("CON150401AB1") })
	many := trips.Least(func() {
		if got := f.plan("MAB9307148T4").GetPlanStatus().GetDetail(); got.GetTotalIncluded() != 3*customers {
			t.Errorf("got %v", got)
		}
	})
	t.Logf("the plan of few customers %d, of %d %d", few, customers, many)
	if many > few || many > 8 {
		t.Errorf("the plan of %d customers makes %d round trips, and that of few %d", customers, many, few)
	}
}
