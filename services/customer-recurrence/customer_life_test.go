package customerrecurrence_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/platform/clock"
)

// states returns the state of each recurrence of a customer, by its id.
func (f *fixture) states(customer string) map[string]string {
	f.t.Helper()
	found, err := f.recurrences.ListRecurrences(f.t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: customer})
	if err != nil {
		f.t.Fatal(err)
	}
	states := make(map[string]string)
	for _, one := range found.GetRecurrences() {
		states[one.GetName()[len(customer)+len("/recurrences/"):]] = short(one)
	}
	return states
}

func (f *fixture) expectStates(customer string, want map[string]string) {
	f.t.Helper()
	got := f.states(customer)
	for id, state := range want {
		if got[id] != state {
			f.t.Errorf("%s of %s: got %s, want %s", id, customer, got[id], state)
		}
	}
	if len(got) != len(want) {
		f.t.Errorf("%s: got %v, want %v", customer, got, want)
	}
}

// contracts makes a recurrence for each state that a cancellation can meet.
func (f *fixture) contracts() {
	f.t.Helper()
	f.contract("draft", true)
	for id, move := range map[string]string{"gone": "cancel", "pausing": "pause", "ending": "cancel at the end"} {
		if _, err := f.take(move, f.contract(id, false)); err != nil {
			f.t.Fatal(err)
		}
	}
}

func TestCancelledCustomerIsUndoneWhole(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contracts()
		before, ending := f.states(demoCustomer), f.recurrence(demoCustomer+"/recurrences/ending").GetEndDate()
		cancelled, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: demoCustomer, Note: "closed"})
		if err != nil || cancelled.GetState() != customerrecurrencev1.CustomerState_CUSTOMER_STATE_CANCELLED {
			t.Fatalf("got %v, error %v", cancelled, err)
		}
		if ended := cancelled.GetCancellation(); !slices.Equal(ended.GetRecurrenceIds(), []string{"R-5001", "draft", "ending", "pausing"}) || ended.GetNote() != "closed" {
			t.Errorf("got %v", ended)
		}
		f.expectStates(demoCustomer, map[string]string{
			"R-5001": "CANCELLED", "draft": "CANCELLED", "gone": "CANCELLED", "pausing": "CANCELLED", "ending": "CANCELLED",
		})
		for what, call := range map[string]func() error{
			"cancel again": func() error {
				_, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: demoCustomer})
				return err
			},
			"contract": func() error {
				_, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
					Parent: demoCustomer, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "MXN")},
				})
				return err
			},
			"undo one": func() error { _, err := f.take("undo", demoRecurrence); return err },
		} {
			f.expectRejected(codes.FailedPrecondition, nil, call)
			if err := call(); reason(err) != "LIFE_CYCLE_STATE" {
				t.Errorf("%s: got %v", what, err)
			}
		}
		f.expectImported()
		undone, err := f.customers.UndoCustomer(t.Context(), &customerrecurrencev1.UndoCustomerRequest{Name: demoCustomer, Note: "back"})
		if err != nil || undone.GetState() != customerrecurrencev1.CustomerState_CUSTOMER_STATE_ACTIVE || undone.GetCancellation() != nil {
			t.Fatalf("got %v, error %v", undone, err)
		}
		f.expectStates(demoCustomer, before)
		if got := f.recurrence(demoCustomer + "/recurrences/ending").GetEndDate(); !proto.Equal(got, ending) {
			t.Errorf("got end date %v, want %v", got, ending)
		}
		if changes := f.changes(demoRecurrence); changes[len(changes)-1].GetNote() != "back" {
			t.Errorf("got %v", changes)
		}
	})
}

// expectImported checks that another tenant that imports what the default tenant exports exports the same.
func (f *fixture) expectImported() {
	f.t.Helper()
	exported := f.export("default")
	f.importInto("copy", exported)
	copied := f.export("copy")
	if len(copied) != len(exported) {
		f.t.Errorf("exported %d resources, and %d after the import", len(exported), len(copied))
	}
	customer, err := f.customers.GetCustomer(asTenant(f.t.Context(), "copy"), &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
	original, err2 := f.customers.GetCustomer(f.t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
	if err != nil || err2 != nil || customer.GetState() != original.GetState() || customer.GetMergedInto() != original.GetMergedInto() || !proto.Equal(customer.GetCancellation(), original.GetCancellation()) {
		f.t.Errorf("got %v, errors %v, %v, want %v", customer, err, err2, original)
	}
}

// Nothing comes back once something of one recurrence is lost, and what is paid is not lost.
func TestCancelledCustomerIsNotUndoneWhenSomethingIsLost(t *testing.T) {
	url := sqliteURL(t)
	f := startFixtureAt(t, url, clock.NewFake(start))
	paid, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: "customers/C-1002", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "MXN"), StartDate: day(2026, 3, 1), PaidUntilDate: day(2026, 4, 1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.recurrences.CancelRecurrence(t.Context(), &customerrecurrencev1.CancelRecurrenceRequest{Name: "customers/C-1002/recurrences/R-5002"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{demoCustomer, "customers/C-1002"} {
		if _, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	f.clock.Advance(3 * 24 * time.Hour)
	f.expectRejected(codes.FailedPrecondition, nil, func() error {
		_, err := f.customers.UndoCustomer(t.Context(), &customerrecurrencev1.UndoCustomerRequest{Name: demoCustomer})
		if reason(err) != "TOO_LATE" {
			t.Errorf("got %v", err)
		}
		return err
	})
	if _, err := f.customers.UndoCustomer(t.Context(), &customerrecurrencev1.UndoCustomerRequest{Name: "customers/C-1002"}); err != nil {
		t.Fatal(err)
	}
	f.expectStates("customers/C-1002", map[string]string{"R-5002": "CANCELLED", paid.GetName()[len("customers/C-1002/recurrences/"):]: "ACTIVE"})
}

func TestMergeMovesWhatTheDuplicateContracted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.contracts()
		if _, err := f.changing.ChangeRecurrence(t.Context(), &customerrecurrencev1.ChangeRecurrenceRequest{
			Name: demoRecurrence, Recurrence: &customerrecurrencev1.Recurrence{DisplayName: "later"}, Timing: customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END,
		}); err != nil {
			t.Fatal(err)
		}
		stays, changes := "customers/C-1002", len(f.changes(demoCustomer+"/recurrences/pausing"))
		want := f.states(demoCustomer)
		want["R-5002"] = "ACTIVE"
		merged, err := f.customers.MergeCustomer(t.Context(), &customerrecurrencev1.MergeCustomerRequest{Name: stays, Duplicate: demoCustomer})
		if err != nil || merged.GetName() != stays {
			t.Fatalf("got %v, error %v", merged, err)
		}
		f.expectStates(stays, want)
		f.expectStates(demoCustomer, map[string]string{})
		if got := len(f.changes(stays + "/recurrences/pausing")); got != changes {
			t.Errorf("got %d changes, want %d", got, changes)
		}
		scheduled, err := f.changing.ListScheduledChanges(t.Context(), &customerrecurrencev1.ListScheduledChangesRequest{Parent: stays + "/recurrences/R-5001"})
		if err != nil || len(scheduled.GetScheduledChanges()) != 1 {
			t.Errorf("got %v, error %v", scheduled, err)
		}
		duplicate, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
		if err != nil || duplicate.GetMergedInto() != stays || duplicate.GetState() != customerrecurrencev1.CustomerState_CUSTOMER_STATE_MERGED {
			t.Errorf("got %v, error %v", duplicate, err)
		}
		answer, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String("by its old client")})
		if err != nil || answer.GetData().GetCustomerTaxId() != "LOMJ850723QR8" {
			t.Errorf("the vendor's update: got %v, error %v", answer, err)
		}
		f.expectImported()
		f.expectMergesRefused(stays)
	})
}

// A customer that stands for another is kept: otherwise the duplicate would name nobody.
func TestCustomerThatOthersWereMergedIntoIsKept(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for _, id := range []string{"stays", "duplicate"} {
			if _, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{CustomerId: id, Customer: smallCustomer()}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.customers.MergeCustomer(t.Context(), &customerrecurrencev1.MergeCustomerRequest{Name: "customers/stays", Duplicate: "customers/duplicate"}); err != nil {
			t.Fatal(err)
		}
		remove := func(name string) error {
			_, err := f.customers.DeleteCustomer(t.Context(), &customerrecurrencev1.DeleteCustomerRequest{Name: name})
			return err
		}
		f.expectRejected(codes.FailedPrecondition, nil, func() error { return remove("customers/stays") })
		if err := remove("customers/stays"); reason(err) != "IN_USE" {
			t.Errorf("got %v", err)
		}
		for _, name := range []string{"customers/duplicate", "customers/stays"} {
			if err := remove(name); err != nil {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func (f *fixture) expectMergesRefused(stays string) {
	f.t.Helper()
	issuer := companyCustomer()
	issuer.GrantorTaxId = "MAB9307148T4"
	for id, wanted := range map[string]*customerrecurrencev1.Customer{"same-ids": smallCustomer(), "another-issuer": issuer} {
		if _, err := f.customers.CreateCustomer(f.t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted, CustomerId: id}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := f.recurrences.CreateRecurrence(f.t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: "customers/same-ids", RecurrenceId: "R-5002", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "MXN")},
	}); err != nil {
		f.t.Fatal(err)
	}
	for _, c := range []struct {
		name, duplicate string
		code            codes.Code
	}{
		{stays, stays, codes.InvalidArgument},
		{stays, demoCustomer, codes.FailedPrecondition},
		{demoCustomer, stays, codes.FailedPrecondition},
		{stays, "customers/nobody", codes.NotFound},
		{stays, "customers/another-issuer", codes.InvalidArgument},
		{stays, "customers/same-ids", codes.AlreadyExists},
	} {
		_, err := f.customers.MergeCustomer(f.t.Context(), &customerrecurrencev1.MergeCustomerRequest{Name: c.name, Duplicate: c.duplicate})
		if status.Code(err) != c.code {
			f.t.Errorf("%s into %s: got %v, want %v", c.duplicate, c.name, err, c.code)
		}
	}
	_, err := f.customers.UpdateCustomer(f.t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{Name: demoCustomer, BusinessName: "b"}})
	if status.Code(err) != codes.FailedPrecondition {
		f.t.Errorf("correcting a duplicate: got %v", err)
	}
}
