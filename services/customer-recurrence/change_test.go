package customerrecurrence_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

const (
	now       = customerrecurrencev1.ChangeTiming_CHANGE_TIMING_NOW
	periodEnd = customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END
)

// paid makes a monthly recurrence of 310.00 MXN that began on March 1 and is paid until a day.
func (f *fixture) paid(id string, until [3]int32) string {
	f.t.Helper()
	name := f.contract(id, false)
	if _, err := f.recurrences.UpdateRecurrence(f.t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
		Recurrence: &customerrecurrencev1.Recurrence{Name: name, StartDate: day(2026, 3, 1), PaidUntilDate: day(until[0], until[1], until[2])},
	}); err != nil {
		f.t.Fatal(err)
	}
	return name
}

func (f *fixture) quote(name string, when customerrecurrencev1.ChangeTiming, to *customerrecurrencev1.Recurrence) *customerrecurrencev1.QuoteRecurrenceResponse {
	f.t.Helper()
	quote, err := f.changing.QuoteRecurrence(f.t.Context(), &customerrecurrencev1.QuoteRecurrenceRequest{Name: name, Recurrence: to, Timing: when})
	if err != nil {
		f.t.Fatal(err)
	}
	return quote
}

func (f *fixture) change(request *customerrecurrencev1.ChangeRecurrenceRequest) (*customerrecurrencev1.ChangeRecurrenceResponse, error) {
	return f.changing.ChangeRecurrence(f.t.Context(), request)
}

func expectMoney(t *testing.T, what string, want string, got *money.Money) {
	t.Helper()
	if !proto.Equal(amount(want, "MXN"), got) {
		t.Errorf("%s: got %v, want %s", what, got, want)
	}
}

// TestQuoteEqualsWhatTakingItDoes quotes changes on March 11 and takes the quotes the day after.
func TestQuoteEqualsWhatTakingItDoes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.clock.Set(time.Date(2026, 3, 11, 20, 0, 0, 0, time.UTC))
		for id, c := range map[string]struct {
			until                 [3]int32
			to                    *customerrecurrencev1.Recurrence
			credit, charge, total string
			paidUntil             [3]int32
			lines                 int
		}{
			"up":      {[3]int32{2026, 4, 1}, &customerrecurrencev1.Recurrence{PackageId: "Q", Price: amount("620", "MXN")}, "210", "420", "210", [3]int32{2026, 4, 1}, 2},
			"down":    {[3]int32{2026, 5, 1}, &customerrecurrencev1.Recurrence{Price: amount("31", "MXN")}, "520", "52", "-468", [3]int32{2026, 5, 1}, 4},
			"lateral": {[3]int32{2026, 4, 1}, &customerrecurrencev1.Recurrence{PackageId: "Q"}, "0", "0", "0", [3]int32{2026, 4, 1}, 0},
			"unpaid":  {[3]int32{2026, 3, 11}, &customerrecurrencev1.Recurrence{Price: amount("620", "MXN")}, "0", "0", "0", [3]int32{2026, 3, 11}, 0},
			"annual": {
				[3]int32{2026, 4, 1}, &customerrecurrencev1.Recurrence{Price: amount("3000", "MXN"), Cycle: 4},
				"210", "3000", "2790", [3]int32{2027, 3, 11}, 2,
			},
		} {
			name := f.paid(id, c.until)
			before := f.rows()
			quote := f.quote(name, now, c.to)
			if diff := cmp.Diff(before, f.rows()); diff != "" {
				t.Errorf("%s: the quote stored something:\n%s", id, diff)
			}
			expectMoney(t, id+" credit", c.credit, quote.GetCredit())
			expectMoney(t, id+" charge", c.charge, quote.GetCharge())
			expectMoney(t, id+" total", c.total, quote.GetTotal())
			if len(quote.GetChange().GetLines()) != c.lines || !proto.Equal(quote.GetEffectiveDate(), day(2026, 3, 11)) {
				t.Errorf("%s: got quote %v", id, quote)
			}
			f.clock.Advance(20 * time.Hour)
			changed, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: quote.GetQuote(), Note: "as quoted"})
			f.clock.Advance(-20 * time.Hour)
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			want := proto.CloneOf(changed.GetChange())
			if want.GetNote() != "as quoted" || want.GetQuoteId() != quote.GetQuoteId() || want.GetActor() != "tester" {
				t.Errorf("%s: got change %v", id, want)
			}
			want.Name, want.Actor, want.Note, want.CreateTime = "", "", "", nil
			if diff := cmp.Diff(want, quote.GetChange(), protocmp.Transform()); diff != "" {
				t.Errorf("%s: change and quote (-change +quote):\n%s", id, diff)
			}
			if got := changed.GetRecurrence().GetPaidUntilDate(); !proto.Equal(got, day(c.paidUntil[0], c.paidUntil[1], c.paidUntil[2])) {
				t.Errorf("%s: paid until %v", id, got)
			}
			if stored := f.changes(name); !proto.Equal(stored[len(stored)-1], changed.GetChange()) || !proto.Equal(f.recurrence(name), changed.GetRecurrence()) {
				t.Errorf("%s: stored %v, answered %v", id, stored, changed)
			}
		}
	})
}

func TestQuotesThatDoNotCount(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	name, other := f.paid("A", [3]int32{2026, 4, 1}), f.paid("B", [3]int32{2026, 4, 1})
	to := &customerrecurrencev1.Recurrence{Price: amount("1", "MXN")}
	take := func(name, quote string) error {
		_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: quote})
		return err
	}
	expect := func(want string, err error) {
		t.Helper()
		if reason(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	quote := f.quote(name, now, to)
	expect("INVALID_QUOTE", take(other, quote.GetQuote()))
	expect("INVALID_QUOTE", take(name, "x"+quote.GetQuote()))
	f.clock.Advance(24 * time.Hour)
	expect("QUOTE_EXPIRED", take(name, quote.GetQuote()))
	first, second := f.quote(name, now, to).GetQuote(), f.quote(name, now, to).GetQuote()
	expect("", take(name, first))
	expect("QUOTE_OUTDATED", take(name, second))
	_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: first, Recurrence: to})
	expect("AMBIGUOUS", err)
	_, err = f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name})
	expect("REQUIRED", err)
	_, err = f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to})
	expect("NOTHING_TO_CHANGE", err)
	f.expectRejected(codes.InvalidArgument, []string{"recurrence.paid_until_date"}, func() error {
		_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{PaidUntilDate: day(2027, 1, 1)}})
		return err
	})
	f.expectRejected(codes.Aborted, nil, func() error {
		_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "Z", Etag: `"1"`}})
		return err
	})
}

// TestOneOfTwoChangesWins takes two quotes of the same state at once.
func TestOneOfTwoChangesWins(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		name := f.paid("A", [3]int32{2026, 4, 1})
		quotes, results := make([]string, 2), make([]error, 2)
		for i, price := range []string{"1", "2"} {
			quotes[i] = f.quote(name, now, &customerrecurrencev1.Recurrence{Price: amount(price, "MXN")}).GetQuote()
		}
		var group errgroup.Group
		for i, quote := range quotes {
			group.Go(func() error {
				_, results[i] = f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: quote})
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		won := 0
		for _, err := range results {
			switch {
			case err == nil:
				won++
			case status.Code(err) != codes.FailedPrecondition && status.Code(err) != codes.Aborted:
				t.Errorf("the other was told %v", err)
			}
		}
		if won != 1 || len(f.changes(name)) != 2 {
			t.Errorf("%d won: %v", won, errors.Join(results...))
		}
	})
}

// TestScheduledChangeHappensOnce schedules changes, withdraws one, and starts two replicas after their day.
func TestScheduledChangeHappensOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		name, refused := f.paid("A", [3]int32{2026, 4, 1}), f.paid("B", [3]int32{2026, 4, 1})
		schedule := func(name string, to *customerrecurrencev1.Recurrence) *customerrecurrencev1.ScheduledChange {
			t.Helper()
			changed, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: f.quote(name, periodEnd, to).GetQuote(), Note: "later"})
			if err != nil {
				t.Fatal(err)
			}
			return changed.GetScheduledChange()
		}
		withdrawn := schedule(name, &customerrecurrencev1.Recurrence{Price: amount("1", "MXN")})
		_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "Z"}, Timing: periodEnd})
		if reason(err) != "CHANGE_SCHEDULED" {
			t.Errorf("a second one: got %v", err)
		}
		withdraw := func() (*customerrecurrencev1.ScheduledChange, error) {
			return f.changing.WithdrawScheduledChange(t.Context(), &customerrecurrencev1.WithdrawScheduledChangeRequest{Name: withdrawn.GetName(), Note: "no"})
		}
		got, err := withdraw()
		if err != nil || got.GetState() != customerrecurrencev1.ScheduledChange_STATE_WITHDRAWN || got.GetWithdrawalNote() != "no" {
			t.Errorf("withdrawing: got %v, error %v", got, err)
		}
		if _, err := withdraw(); reason(err) != "NOT_SCHEDULED" {
			t.Errorf("withdrawing again: got %v", err)
		}
		due := schedule(name, &customerrecurrencev1.Recurrence{Price: amount("100", "MXN"), Cycle: 2})
		if !proto.Equal(due.GetEffectiveDate(), day(2026, 4, 1)) || due.GetRecurrence().GetPrice().GetUnits() != 100 ||
			!cmp.Equal(due.GetUpdateMask().GetPaths(), []string{"price", "cycle"}) {
			t.Errorf("got %v", due)
		}
		fails := schedule(refused, &customerrecurrencev1.Recurrence{PackageId: "PKG-PRO"})
		if _, err := f.packages.UpdatePackage(t.Context(), &customerrecurrencev1.UpdatePackageRequest{
			Package: &customerrecurrencev1.Package{Name: "packages/PKG-PRO", Inactive: true}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"inactive"}},
		}); err != nil {
			t.Fatal(err)
		}
		f.stop()
		at := newClock(2026, 4, 9)
		f = startFixtureAt(t, f.url, at)
		if t.Name() == "TestScheduledChangeHappensOnce/postgres" {
			startFixtureAt(t, f.url, at)
		}
		f.expectScheduled(due.GetName(), customerrecurrencev1.ScheduledChange_STATE_DONE)
		f.expectScheduled(fails.GetName(), customerrecurrencev1.ScheduledChange_STATE_FAILED)
		changes := f.changes(name)
		last := changes[len(changes)-1]
		if len(changes) != 2 || last.GetScheduledChange() != due.GetName() || last.GetActor() != "tester" || last.GetNote() != "later" ||
			last.GetNewPrice().GetUnits() != 100 || !proto.Equal(last.GetNewTerms().GetStartDate(), day(2026, 4, 1)) {
			t.Errorf("got changes %v", changes)
		}
		if got := f.recurrence(refused).GetPackageId(); got != "P" {
			t.Errorf("the refused change made package %s", got)
		}
		all, err := f.changing.ListScheduledChanges(t.Context(), &customerrecurrencev1.ListScheduledChangesRequest{
			Parent: "customers/-/recurrences/-", Filter: "state = STATE_FAILED",
		})
		if err != nil || len(all.GetScheduledChanges()) != 1 || all.GetScheduledChanges()[0].GetProblem() == "" {
			t.Errorf("got %v, error %v", all, err)
		}
	})
}

// expectScheduled waits until a scheduled change is in a state.
func (f *fixture) expectScheduled(name string, want customerrecurrencev1.ScheduledChange_State) {
	f.t.Helper()
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		got, err := f.changing.GetScheduledChange(f.t.Context(), &customerrecurrencev1.GetScheduledChangeRequest{Name: name})
		if err != nil {
			f.t.Fatal(err)
		}
		if got.GetState() == want {
			return
		}
		if time.Since(begun) > 5*time.Second {
			f.t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestVendorUpdateSettlesPaidDays checks that the vendor's PUT makes the same record as a change.
func TestVendorUpdateSettlesPaidDays(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	f.clock.Set(time.Date(2026, 3, 11, 20, 0, 0, 0, time.UTC))
	for _, id := range []string{"V", "N"} {
		f.paid(id, [3]int32{2026, 4, 1})
	}
	if _, err := f.put(t.Context(), "C-1001", "V", &dynamicsv1.Recurrence{Price: price("620")}); err != nil {
		t.Fatal(err)
	}
	native, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
		Name: demoCustomer + "/recurrences/N", Recurrence: &customerrecurrencev1.Recurrence{Price: amount("620", "MXN")},
	})
	if err != nil {
		t.Fatal(err)
	}
	vendor := f.changes(demoCustomer + "/recurrences/V")[1]
	vendor.Name = native.GetChange().GetName()
	if diff := cmp.Diff(native.GetChange(), vendor, protocmp.Transform()); diff != "" || len(vendor.GetLines()) != 2 {
		t.Errorf("(-native +vendor):\n%s", diff)
	}
}
