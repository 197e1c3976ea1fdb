package customerrecurrence_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

// atOnce makes two calls at once and returns the reasons why they were refused, "" for one that was not, in their order.
func atOnce(t *testing.T, one, other func() error) (reasons []string) {
	t.Helper()
	var group errgroup.Group
	var both sync.WaitGroup
	both.Add(2)
	results := make([]error, 2)
	for i, call := range []func() error{one, other} {
		group.Go(func() error {
			both.Done()
			both.Wait()
			results[i] = call()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, err := range results {
		if err != nil && reason(err) == "" {
			t.Errorf("refused without a reason: %v", err)
		}
		reasons = append(reasons, reason(err))
	}
	slices.Sort(reasons)
	return reasons
}

// Of two at once that begin from the same state, one wins, and the other is told why it did not.
func TestTwoAtOnce(t *testing.T) {
	const rounds = 10
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		to := func(text, etag string) *customerrecurrencev1.Recurrence {
			return &customerrecurrencev1.Recurrence{DisplayName: text, Etag: etag}
		}
		change := func(request *customerrecurrencev1.ChangeRecurrenceRequest) func() error {
			return func() error { _, err := f.change(request); return err }
		}
		for what, c := range map[string]struct {
			calls func(name, etag string) (one, other func() error)
			told  []string
			// changes is how many changes the recurrence has in the end, beside that of its dates.
			changes int
		}{
			"changes of what was read": {func(name, etag string) (one, other func() error) {
				return change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("a", etag)}),
					change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("b", etag)})
			}, []string{"ETAG_MISMATCH"}, 1},
			"quotes": {func(name, _ string) (one, other func() error) {
				return change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: f.quote(name, now, to("a", "")).GetQuote()}),
					change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Quote: f.quote(name, now, to("b", "")).GetQuote()})
			}, []string{"QUOTE_OUTDATED"}, 1},
			"a change and a cancellation": {func(name, etag string) (one, other func() error) {
				return change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("a", etag)}), func() error {
					_, err := f.recurrences.CancelRecurrence(f.t.Context(), &customerrecurrencev1.CancelRecurrenceRequest{Name: name, Etag: etag})
					return err
				}
			}, []string{"ETAG_MISMATCH"}, 1},
			"pauses": {func(name, _ string) (one, other func() error) {
				pause := func() error { _, err := f.take("pause", name); return err }
				return pause, pause
			}, []string{"LIFE_CYCLE_STATE"}, 1},
			"changes at the period's end": {func(name, _ string) (one, other func() error) {
				return change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("a", ""), Timing: periodEnd}),
					change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("b", ""), Timing: periodEnd})
			}, []string{"CHANGE_SCHEDULED"}, 0},
			"withdrawals": {func(name, _ string) (one, other func() error) {
				made, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: to("a", ""), Timing: periodEnd})
				if err != nil {
					t.Fatal(err)
				}
				withdraw := func() error {
					_, err := f.changing.WithdrawScheduledChange(f.t.Context(), &customerrecurrencev1.WithdrawScheduledChangeRequest{Name: made.GetScheduledChange().GetName()})
					return err
				}
				return withdraw, withdraw
			}, []string{"NOT_SCHEDULED"}, 0},
		} {
			t.Run(what, func(t *testing.T) {
				for range rounds {
					histories++
					name := f.in(t).paid(fmt.Sprint("once-", histories), [3]int32{2026, 4, 1})
					one, other := c.calls(name, f.recurrence(name).GetEtag())
					if got := atOnce(t, one, other); !slices.Equal(got, append([]string{""}, c.told...)) {
						t.Errorf("refused for %q, want one refused for %q", got, c.told)
					}
					if got := len(f.changes(name)) - 1; got != c.changes {
						t.Errorf("%d changes, want %d", got, c.changes)
					}
				}
			})
		}
	})
}

// Without an etag and a quote, two changes at once are both made, in one order, and leave records that follow each other: the vendor's PUT as
// the native change.
func TestTwoAtOnceWithoutAnEtag(t *testing.T) {
	const rounds = 10
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		put := func(id, value string) func() error {
			return func() error {
				_, err := f.put(t.Context(), "C-1001", id, &dynamicsv1.Recurrence{Price: price(value)})
				return err
			}
		}
		change := func(id, price string) func() error {
			return func() error {
				_, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
					Name: demoCustomer + "/recurrences/" + id, Recurrence: &customerrecurrencev1.Recurrence{Price: amount(price, "MXN")},
				})
				return err
			}
		}
		for what, calls := range map[string][2]func(id, price string) func() error{"PUTs": {put, put}, "changes": {change, change}, "a PUT and a change": {put, change}} {
			for range rounds {
				histories++
				id := fmt.Sprint("both-", histories)
				name := f.paid(id, [3]int32{2026, 4, 1})
				if got := atOnce(t, calls[0](id, "1"), calls[1](id, "2")); !slices.Equal(got, []string{"", ""}) {
					t.Errorf("%s: refused for %q", what, got)
				}
				made := f.changes(name)[1:]
				if len(made) != 2 || !proto.Equal(made[0].GetOldPrice(), amount("310", "MXN")) || !proto.Equal(made[0].GetNewPrice(), made[1].GetOldPrice()) ||
					proto.Equal(made[0].GetNewPrice(), made[1].GetNewPrice()) || !proto.Equal(made[1].GetNewPrice(), f.recurrence(name).GetPrice()) {
					t.Errorf("%s: got changes %v of %v", what, made, f.recurrence(name))
				}
			}
		}
	})
}

// A scheduled change that is withdrawn while replicas make it either happens once, and the withdrawal is refused, or never.
func TestWithdrawalWhileItHappens(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		happened, withdrawn := 0, 0
		for round := range 30 {
			f.clock.Set(start)
			histories++
			name := f.paid(fmt.Sprint("due-", histories), [3]int32{2026, 4, 1})
			made, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{DisplayName: "later"}, Timing: periodEnd})
			if err != nil {
				t.Fatal(err)
			}
			f.doDue() // opens the store
			f.clock.Set(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
			told := atOnce(t, func() error {
				time.Sleep(time.Duration(round) * 300 * time.Microsecond) // to come before, amid and after
				_, err := f.changing.WithdrawScheduledChange(f.t.Context(), &customerrecurrencev1.WithdrawScheduledChangeRequest{Name: made.GetScheduledChange().GetName()})
				return err
			}, func() error {
				var replicas errgroup.Group
				replicas.Go(f.due)
				replicas.Go(f.due)
				return replicas.Wait()
			})
			got, err := f.changing.GetScheduledChange(f.t.Context(), &customerrecurrencev1.GetScheduledChangeRequest{Name: made.GetScheduledChange().GetName()})
			if err != nil {
				t.Fatal(err)
			}
			changes := len(f.changes(name)) - 1
			switch {
			case slices.Equal(told, []string{"", ""}) && changes == 0 && got.GetState() == customerrecurrencev1.ScheduledChange_STATE_WITHDRAWN:
				withdrawn++
			case slices.Equal(told, []string{"", "NOT_SCHEDULED"}) && changes == 1 && got.GetState() == customerrecurrencev1.ScheduledChange_STATE_DONE:
				happened++
			default:
				t.Errorf("told %q, %d changes, got %v", told, changes, got)
			}
		}
		t.Logf("%d happened, and %d were withdrawn", happened, withdrawn)
	})
}
