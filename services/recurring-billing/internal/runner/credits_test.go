package runner_test

import (
	"context"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// leave cancels every line that was billed, as of the first day that it was billed for last, and gives what each is credited.
func (w *world) leave() map[domain.LineID]int64 {
	w.t.Helper()
	credits := map[domain.LineID]int64{}
	lines, err := w.lines.Lines(as, 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, line := range lines {
		if line.LastCycle.IsZero() {
			continue
		}
		left, err := w.lines.CancelLine(as, line.ID, domain.Cancel{Effective: line.LastCycle, Reason: "LEFT", Credit: true}, false)
		if err != nil {
			w.t.Fatal(err)
		}
		credits[line.ID] = left.Cancellation.Credit.Minor()
	}
	return credits
}

// given is what invoices below zero credit each line.
func given(invoices []domain.Invoice) map[domain.LineID]int64 {
	credits := map[domain.LineID]int64{}
	for _, invoice := range invoices {
		for _, item := range invoice.Items {
			if item.Credit {
				credits[domain.LineID(item.Parts[0].Line)] -= item.Amount
			}
		}
	}
	return credits
}

// Everybody has left: whatever fails, and though two runs go at once, each credit is given once, on invoices without
// charges, to whom the line was billed.
func TestEveryCreditIsGivenOnceWhereNothingIsCharged(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			first := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			first.customers(40, 4)
			first.run("2026-03-10")
			charged := len(first.invoices())
			want := first.leave()
			second := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			var mu sync.Mutex
			left := map[string]int{"Credits": 5, "BillCredits": 5, "CreateInvoices": 5}
			failing := func(step string) error {
				mu.Lock()
				defer mu.Unlock()
				if left[step] == 0 {
					return nil
				}
				left[step]--
				return fault.New(fault.Unavailable, "INJECTED", "injected at %s", step)
			}
			disturbed := second.with(&watchedStore{RunStore: second.billing, watch: watch{
				before: failing, after: func(step string, err error) error { return err },
			}})
			ids := []domain.RunID{start(t, first.runs, "2026-03-01"), start(t, first.runs, "2026-03-10")}
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			group.Go(func() { runner.New(first.runs, first.billing.Changed, 2, quiet).Run(ctx) })
			group.Go(func() { runner.New(disturbed, second.billing.Changed, 2, quiet).Run(ctx) })
			counted, periods := int64(0), int64(0)
			for _, id := range ids {
				run := first.await(id)
				counted, periods = counted+run.Invoices, periods+run.Periods
			}
			stop()
			group.Wait()
			made := first.checkBooks()[charged:]
			if diff := gocmp.Diff(want, given(made)); diff != "" || len(made) == 0 || periods != 0 || counted != int64(len(made)) {
				t.Errorf("%d invoices, %d counted, with %d periods, credits (-granted +given):\n%s", len(made), counted, periods, diff)
			}
			for _, invoice := range made {
				if invoice.Total >= 0 || invoice.Customer != domain.CustomerID(invoice.BillTo) {
					t.Errorf("invoice %s of customer %d: %d", invoice.ID, invoice.Customer, invoice.Total)
				}
			}
			if again := first.run("2026-03-10"); again.Invoices != 0 || again.State != domain.RunSucceeded {
				t.Errorf("a run after: %+v", again)
			}
		})
	}
}

// A credit that is withdrawn and granted anew with another amount, after a batch has read it, is given as it has become.
func TestACreditThatChangesWhileItIsBilledIsGivenAsItHasBecome(t *testing.T) {
	w := fresh(t, database.PostgreSQL)
	w.customers(1, 1)
	w.run("2026-03-10")
	cancel := domain.Cancel{Effective: day("2026-03-11"), Reason: "LEFT", Credit: true}
	if _, err := w.lines.CancelLine(as, 1, cancel, false); err != nil {
		t.Fatal(err)
	}
	changed := false
	biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
		if step != "BillCredits" || changed {
			return nil
		}
		changed = true
		w.exec(`UPDATE line_credits SET amount = '1.23'`)
		return nil
	}, after: func(_ string, err error) error { return err }}})
	start(t, biller, "2026-03-10")
	w.finish(biller)
	if credits := given(w.checkBooks()); !changed || credits[1] != 123 {
		t.Errorf("given %v", credits)
	}
}

// A credit that was granted in another way than by what was billed counts for all of its days, as far as it goes.
func TestACreditOfAnotherAmountLeavesWhatItDoesNotGiveBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(1, 1)
		w.run("2026-01-01")
		w.run("2026-02-01")
		left, err := w.lines.CancelLine(as, 1, domain.Cancel{Effective: day("2026-01-01"), Reason: "LEFT", Credit: true}, false)
		if err != nil || left.Cancellation.Credit.Minor() != 2000 {
			t.Fatalf("%v, error %v", left.Cancellation, err)
		}
		for _, test := range []struct {
			credit string
			want   []string
		}{{"20.00", []string{"", ""}}, {"5.01", []string{"7.49", "7.50"}}, {"26.00", []string{"", ""}}} {
			w.exec(`UPDATE line_credits SET amount = $1`, test.credit)
			for i, invoice := range w.invoices() {
				note, err := w.invoicing.CreateCreditNote(as, domain.GiveBack{Invoice: invoice.ID, Reason: "x", Items: []domain.GiveBackItem{{Position: 1}}}, true)
				if test.want[i] == "" {
					if known, ok := fault.As(err); !ok || known.Reason != "NOTHING_LEFT" {
						t.Errorf("of a credit of %s, invoice %s: %v, error %v", test.credit, invoice.ID, note, err)
					}
				} else if err != nil || note.Total != usd(test.want[i]).Minor() {
					t.Errorf("of a credit of %s, invoice %s: %v, error %v", test.credit, invoice.ID, note, err)
				}
			}
		}
	})
}
