package customerrecurrence_test

import (
	"strings"
	"testing"
	"time"

	googledate "google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/platform/clock"
)

func day(year, month, day int32) *googledate.Date {
	return &googledate.Date{Year: year, Month: month, Day: day}
}

// contract makes a recurrence of the demo customer, as a draft or in force, and returns its name.
func (f *fixture) contract(id string, draft bool) string {
	f.t.Helper()
	made, err := f.recurrences.CreateRecurrence(f.t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: id, Draft: draft,
		Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("310", "MXN")},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return made.GetName()
}

// take makes the move with a name.
func (f *fixture) take(move, name string) (*customerrecurrencev1.Recurrence, error) {
	ctx := f.t.Context()
	switch move {
	case "activate":
		return f.recurrences.ActivateRecurrence(ctx, &customerrecurrencev1.ActivateRecurrenceRequest{Name: name, Note: move})
	case "pause":
		return f.recurrences.PauseRecurrence(ctx, &customerrecurrencev1.PauseRecurrenceRequest{Name: name, Note: move})
	case "resume":
		return f.recurrences.ResumeRecurrence(ctx, &customerrecurrencev1.ResumeRecurrenceRequest{Name: name, Note: move})
	case "undo":
		return f.recurrences.UndoRecurrence(ctx, &customerrecurrencev1.UndoRecurrenceRequest{Name: name, Note: move})
	}
	request := &customerrecurrencev1.CancelRecurrenceRequest{Name: name, Note: move}
	if move == "cancel at the end" {
		request.Timing = customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END
	}
	return f.recurrences.CancelRecurrence(ctx, request)
}

func short(r *customerrecurrencev1.Recurrence) string {
	return strings.TrimPrefix(r.GetState().String(), "RECURRENCE_STATE_")
}

// TestStateTable makes every move from every state.
func TestStateTable(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		moves := []string{"activate", "pause", "resume", "cancel", "cancel at the end", "undo"}
		for state, row := range map[string]struct {
			by []string // the moves that lead to the state from a draft
			to []string // where each move leads, empty if it is refused
		}{
			"DRAFT":      {nil, []string{"ACTIVE", "", "", "CANCELLED", "", ""}},
			"ACTIVE":     {[]string{"activate"}, []string{"", "PAUSED", "", "CANCELLED", "CANCELLING", ""}},
			"PAUSED":     {[]string{"activate", "pause"}, []string{"", "", "ACTIVE", "CANCELLED", "CANCELLING", ""}},
			"CANCELLING": {[]string{"activate", "pause", "cancel at the end"}, []string{"", "", "", "CANCELLED", "", "PAUSED"}},
			"CANCELLED":  {[]string{"activate", "cancel at the end", "cancel"}, []string{"", "", "", "", "", "ACTIVE"}},
		} {
			for i, move := range moves {
				name := f.contract(strings.ReplaceAll(state+"-"+move, " ", "_"), true)
				for _, step := range row.by {
					if _, err := f.take(step, name); err != nil {
						t.Fatalf("%s of %s: %v", step, name, err)
					}
				}
				made := len(f.changes(name))
				got, err := f.take(move, name)
				if row.to[i] == "" {
					if status.Code(err) != codes.FailedPrecondition || reason(err) != "LIFE_CYCLE_STATE" || !strings.Contains(err.Error(), " is "+state) {
						t.Errorf("%s, %s: got %v, error %v", state, move, got, err)
					}
					continue
				}
				changes := f.changes(name)
				if err != nil || short(got) != row.to[i] || len(changes) != made+1 {
					t.Errorf("%s, %s: got %v, %d changes, error %v, want %s", state, move, got, len(changes), err, row.to[i])
				} else if last := changes[made]; last.GetNote() != move || last.GetNewTerms().GetState() != got.GetState() || last.GetOldTerms().GetState() == got.GetState() {
					t.Errorf("%s, %s: got change %v", state, move, last)
				}
			}
		}
	})
}

func TestVendorUpdateByState(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		name := f.contract("V", true)
		for i, move := range []string{"", "activate", "pause", "cancel at the end"} {
			if move != "" {
				if _, err := f.take(move, name); err != nil {
					t.Fatal(err)
				}
			}
			body := &dynamicsv1.Recurrence{Price: price([]string{"1", "2", "3", "4"}[i])}
			if _, err := f.put(t.Context(), "C-1001", "V", body); err != nil {
				t.Errorf("after %q: %v", move, err)
			}
		}
		if _, err := f.take("cancel", name); err != nil {
			t.Fatal(err)
		}
		f.expectRejected(codes.FailedPrecondition, nil, func() error {
			_, err := f.put(t.Context(), "C-1001", "V", &dynamicsv1.Recurrence{Price: price("5")})
			return err
		})
	})
}

// TestCancellationEndsOnItsDay checks that what became due while no service ran ends when one starts, once with
// two replicas, and by the tenant's time zone.
func TestCancellationEndsOnItsDay(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.settings.UpdateRecurrenceSettings(t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
			RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{TimeZone: "America/Mexico_City", QuoteValidity: durationpb.New(time.Hour)},
		}); err != nil {
			t.Fatal(err)
		}
		name := f.contract("D", false)
		if got := f.recurrence(name); !proto.Equal(got.GetStartDate(), day(2026, 3, 1)) || short(got) != "ACTIVE" {
			t.Fatalf("got %v", got)
		}
		got, err := f.take("cancel at the end", name)
		if err != nil || !proto.Equal(got.GetEndDate(), day(2026, 4, 1)) {
			t.Fatalf("got %v, error %v", got, err)
		}
		f.stop()
		for _, step := range []struct {
			at   time.Time
			want string
		}{
			{time.Date(2026, 4, 1, 5, 59, 0, 0, time.UTC), "CANCELLING"}, // a minute before midnight in Mexico
			{time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC), "CANCELLED"},
		} {
			f = startFixtureAt(t, f.url, clock.NewFake(step.at))
			for begun := time.Now(); short(f.recurrence(name)) != step.want && time.Since(begun) < 5*time.Second; {
				time.Sleep(5 * time.Millisecond)
			}
			if got := f.recurrence(name); short(got) != step.want || !proto.Equal(got.GetEndDate(), day(2026, 4, 1)) {
				t.Fatalf("at %s: got %v", step.at, got)
			}
			if step.want == "CANCELLING" {
				f.stop()
			}
		}
		if changes := f.changes(name); len(changes) != 2 || changes[1].GetActor() != "calendar" {
			t.Errorf("got changes %v", changes)
		}
		f.expectRejected(codes.FailedPrecondition, nil, func() error { _, err := f.take("undo", name); return err })
	})
}

func TestPeriodsAndTheirErrors(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	name := f.contract("P", true)
	update := func(r *customerrecurrencev1.Recurrence, paths ...string) error {
		r.Name = name
		_, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: r, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
		})
		return err
	}
	f.expectRejected(codes.InvalidArgument, []string{"recurrence.start_date"}, func() error {
		return update(&customerrecurrencev1.Recurrence{StartDate: day(2026, 2, 30)}, "start_date")
	})
	f.expectRejected(codes.InvalidArgument, []string{"recurrence.paid_until_date"}, func() error {
		return update(&customerrecurrencev1.Recurrence{StartDate: day(2026, 2, 3), PaidUntilDate: day(2026, 2, 2)}, "start_date", "paid_until_date")
	})
	if _, err := f.take("activate", name); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cycle       customerrecurrencev1.RecurrenceCycle
		start, paid *googledate.Date
		end         *googledate.Date
	}{
		{1, day(2025, 12, 31), nil, day(2026, 3, 31)},
		{1, day(2025, 12, 1), nil, day(2026, 4, 1)},
		{2, day(2025, 12, 31), day(2026, 2, 28), day(2026, 3, 31)},
		{4, day(2024, 2, 29), day(2026, 3, 2), day(2026, 3, 2)},
		{3, nil, day(2026, 1, 15), day(2026, 7, 15)},
		{1, day(2026, 8, 31), nil, day(2026, 8, 31)},
	} {
		if err := update(&customerrecurrencev1.Recurrence{Cycle: c.cycle, StartDate: c.start, PaidUntilDate: c.paid}, "cycle", "start_date", "paid_until_date"); err != nil {
			t.Fatal(err)
		}
		got, err := f.take("cancel at the end", name)
		if err != nil || !proto.Equal(got.GetEndDate(), c.end) {
			t.Errorf("%v: got %v, error %v", c, got.GetEndDate(), err)
		}
		if _, err := f.take("undo", name); err != nil {
			t.Fatal(err)
		}
	}
	if err := update(&customerrecurrencev1.Recurrence{}, "start_date", "paid_until_date"); err != nil {
		t.Fatal(err)
	}
	_, err := f.take("cancel at the end", name)
	if status.Code(err) != codes.FailedPrecondition || reason(err) != "NO_PERIOD" {
		t.Errorf("got error %v", err)
	}
}
