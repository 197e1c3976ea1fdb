package run_test

import (
	"context"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// leave cancels every billed line as of the first day of its last billed period, and returns the
// credit of each.
func leave(w *billingtest.Fixture) map[line.ID]int64 {
	w.T.Helper()
	credits := map[line.ID]int64{}
	lines, err := w.Lines.List(billingtest.As, listing.Query{})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, l := range lines {
		if l.LastCycle.IsZero() {
			continue
		}
		left, err := w.Lines.Cancel(billingtest.As, l.ID, line.Cancel{Effective: l.LastCycle, Reason: "LEFT", Credit: true})
		if err != nil {
			w.T.Fatal(err)
		}
		credits[l.ID] = left.Cancellation.Credit.Minor()
	}
	return credits
}

// Every customer has left. Despite failures and two concurrent runs, each credit is billed once, on
// an invoice without charges, to the bill-to that was billed for the line.
func TestEveryCreditIsBilledOnceWithoutCharges(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.Migrated(t, engine, store.Migrations())
			first := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			first.LoadCustomers(40, 4)
			first.Bill("2026-03-10")
			charged := len(first.Numbered())
			want := leave(first)
			second := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
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
			disturbed := second.With(&billingtest.WatchedStore{Store: second.Store, Watch: billingtest.Watch{
				Before: failing, After: func(step string, err error) error { return err },
			}})
			ids := []run.ID{billingtest.Start(t, first.Runs, "2026-03-01"), billingtest.Start(t, first.Runs, "2026-03-10")}
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			group.Go(func() { run.NewWorker(first.Runs, first.Store.Follow, 2, billingtest.Quiet).Run(ctx) })
			group.Go(func() { run.NewWorker(disturbed, second.Store.Follow, 2, billingtest.Quiet).Run(ctx) })
			counted, periods := int64(0), int64(0)
			for _, id := range ids {
				current := first.Await(id)
				counted, periods = counted+current.Invoices, periods+current.Periods
			}
			stop()
			group.Wait()
			made := first.CheckBooks()[charged:]
			if diff := gocmp.Diff(want, billingtest.Given(made)); diff != "" || len(made) == 0 || periods != 0 || counted != int64(len(made)) {
				t.Errorf("%d invoices, %d counted, with %d periods, credits (-granted +given):\n%s", len(made), counted, periods, diff)
			}
			for _, inv := range made {
				if inv.Total >= 0 || inv.Customer != catalogue.CustomerID(inv.BillTo) {
					t.Errorf("invoice %s of customer %d: %d", inv.ID, inv.Customer, inv.Total)
				}
			}
			if again := first.Bill("2026-03-10"); again.Invoices != 0 || again.State != run.Succeeded {
				t.Errorf("a run after: %+v", again)
			}
		})
	}
}

// A credit is withdrawn and granted again with another amount after a batch has read it. The new
// amount is billed.
func TestRunBillsCreditChangedConcurrently(t *testing.T) {
	w := billingtest.Fresh(t, database.PostgreSQL)
	w.LoadCustomers(1, 1)
	w.Bill("2026-03-10")
	cancel := line.Cancel{Effective: billingtest.Day("2026-03-11"), Reason: "LEFT", Credit: true}
	if _, err := w.Lines.Cancel(billingtest.As, 1, cancel); err != nil {
		t.Fatal(err)
	}
	changed := false
	runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
		if step != "BillCredits" || changed {
			return nil
		}
		changed = true
		w.Exec(`UPDATE line_credits SET amount = '1.23'`)
		return nil
	}, After: func(_ string, err error) error { return err }}})
	billingtest.Start(t, runs, "2026-03-10")
	w.Finish(runs)
	if credits := billingtest.Given(w.CheckBooks()); !changed || credits[1] != 123 {
		t.Errorf("given %v", credits)
	}
}
