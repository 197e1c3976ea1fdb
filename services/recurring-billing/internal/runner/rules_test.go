package runner_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

func each(t *testing.T, run func(t *testing.T, w *world)) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) { run(t, newWorld(t, db)) })
}

func TestADryRunCountsWhatARunMakes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(20, 4)
		dry, err := w.runs.CreateRun(as, day("2026-03-10"), domain.Filter{}, true)
		if err != nil {
			t.Fatal(err)
		}
		w.finish(w.runs)
		dry = w.look(dry.ID)
		if made := w.invoices(); len(made) != 0 {
			t.Fatalf("a dry run made %d invoices", len(made))
		}
		wet := w.run("2026-03-10")
		if diff := gocmp.Diff(wet.Count, dry.Count); diff != "" || dry.State != domain.RunSucceeded {
			t.Errorf("%s (-run +dry run):\n%s", dry.State, diff)
		}
	})
}

func TestFiltersChooseLinesAndTheRestStaysDue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(12, 4)
		preview := func(filter domain.Filter) (all []domain.Invoice) {
			if err := w.runs.Preview(as, day("2026-03-10"), filter, func(invoices []domain.Invoice, _ []domain.Problem) error {
				all = append(all, invoices...)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return all
		}
		cycle := func(cycle domain.BillCycle) []billing.Charge {
			return charges(preview(domain.Filter{Cycles: []domain.BillCycle{cycle}}))
		}
		everything := len(charges(preview(domain.Filter{})))
		monthly, quarterly, annual := cycle(domain.Monthly), cycle(domain.Quarterly), cycle(domain.Annual)
		if len(monthly) == 0 || len(quarterly) == 0 || len(monthly)+len(quarterly)+len(annual) != everything {
			t.Errorf("%d charges, %d monthly, %d quarterly, %d annual", everything, len(monthly), len(quarterly), len(annual))
		}
		master := preview(domain.Filter{Masters: []domain.MasterAccountCode{"MASTER"}})
		billTo := preview(domain.Filter{BillTos: []domain.BillToID{13}})
		if diff := gocmp.Diff(charges(master), charges(billTo), sameDates); diff != "" || len(master) != 1 {
			t.Errorf("%d invoices (-by master +by its bill-to):\n%s", len(master), diff)
		}
		if none := preview(domain.Filter{Items: []domain.ItemCode{"BASE"}}); len(none) != 0 {
			t.Errorf("%d invoices of an item that no line bills", len(none))
		}
		if _, err := w.runs.CreateRun(as, day("2026-03-10"), domain.Filter{Cycles: []domain.BillCycle{domain.Quarterly}}, false); err != nil {
			t.Fatal(err)
		}
		w.finish(w.runs)
		if diff := gocmp.Diff(quarterly, charges(w.checkBooks()), sameDates); diff != "" {
			t.Errorf("(-previewed +billed):\n%s", diff)
		}
		w.run("2026-03-10")
		if made := charges(w.checkBooks()); len(made) != everything {
			t.Errorf("%d charges, want %d", len(made), everything)
		}
	})
}

func TestARunThatNamesWhatIsUnknownIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(1, 1)
		_, err := w.runs.CreateRun(as, day("2026-03-10"), domain.Filter{
			Items: []domain.ItemCode{"MON", "GONE"}, Masters: []domain.MasterAccountCode{"NOBODY"}, BillTos: []domain.BillToID{77},
		}, false)
		for _, field := range []string{"filter.items[1]", "filter.master_accounts[0]", "filter.bill_tos[0]"} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s is not named: %v", field, err)
			}
		}
		if _, err := w.runs.CreateRun(as, day("2036-03-11"), domain.Filter{}, false); err == nil {
			t.Error("a date too far ahead is accepted")
		}
	})
}

func TestAThousandChildrenOfAMasterAreOnItsInvoice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(250, 4)
		w.exec(`UPDATE recurring_lines SET master_account_code = 'MASTER'`)
		w.run("2026-07-01")
		made := w.checkBooks()
		lines := map[int32]bool{}
		for _, charge := range charges(made) {
			lines[charge.Line] = true
		}
		if len(made) != 1 || made[0].BillTo != 251 || made[0].Customer != 251 || len(lines) != 1000 {
			t.Errorf("%d invoices of %d lines", len(made), len(lines))
		}
	})
}

func TestWhatCannotBeBilledIsShownAndBilledOnceItIsPutRight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(10, 4)
		w.exec(`UPDATE line_rates SET monthly_amount = 'a lot' WHERE line_id = 1`)
		w.exec(`DELETE FROM line_rates WHERE line_id = 6`)
		run := w.run("2026-03-10")
		want := []domain.Problem{
			{BillTo: 1, Currency: "USD", Message: `line 1: "a lot" is no amount of USD`},
			{BillTo: 2, Currency: "USD", Message: "line 6 has no rate"},
		}
		if diff := gocmp.Diff(want, run.Problems); diff != "" || run.State != domain.RunFailed || run.ProblemCount != 2 || run.Invoices == 0 {
			t.Errorf("%+v\nproblems (-want +got):\n%s", run, diff)
		}
		w.exec(`UPDATE line_rates SET monthly_amount = '10.00' WHERE line_id = 1`)
		w.exec(`INSERT INTO line_rates (tenant, line_id, effective_date, monthly_amount, reason_code) VALUES ('t', 6, '2026-01-01', '12.00', '')`)
		if run = w.run("2026-03-10"); run.State != domain.RunSucceeded || run.Invoices != 2 {
			t.Errorf("%+v", run)
		}
		w.checkBooks()
	})
}

func TestTheDatabaseRefusesAPeriodThatIsBilledAlready(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(6, 4)
		w.run("2026-03-10")
		before := w.checkBooks()
		w.exec(`UPDATE line_cycles SET next_cycle_date = '2026-01-01' WHERE id = 1`)
		run := w.run("2026-03-10")
		want := []domain.Problem{{BillTo: 1, Currency: "USD", Message: "line 1 was billed for the same days before: its next cycle date lies before what it is billed for"}}
		if diff := gocmp.Diff(want, run.Problems); diff != "" || run.State != domain.RunFailed {
			t.Errorf("%+v (-want +got):\n%s", run, diff)
		}
		if after := w.invoices(); len(after) != len(before) {
			t.Errorf("%d invoices became %d", len(before), len(after))
		}
		// It holds back nobody else.
		w.exec(`DELETE FROM billed_periods WHERE line_id > 4`)
		w.exec(`UPDATE line_cycles SET next_cycle_date = '2026-03-01', version = version + 1 WHERE id > 4`)
		if run = w.run("2026-03-10"); run.Invoices == 0 || gocmp.Diff(want, run.Problems) != "" {
			t.Errorf("%+v", run)
		}
	})
}

func TestAScheduledRunHappensOnceADayWhoeverLooks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(5, 4)
		if _, err := w.runs.SetSchedule(as, domain.Schedule{Enabled: true, Day: 31, Zone: "Pacific/Kiritimati"}, ""); err != nil {
			t.Fatal(err)
		}
		look := func(at string, want ...string) {
			t.Helper()
			instant, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Set(instant)
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					if err := w.runs.StartScheduled(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			runs, err := w.runs.Runs(as, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, run := range runs {
				got = append(got, fmt.Sprint(run.Scheduled, " as of ", run.AsOf, " by ", run.Actor))
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("at %s (-want +got):\n%s", at, diff)
			}
		}
		const march, july = "2026-03-31 as of 2026-03-31 by billing schedule", "2026-07-31 as of 2026-08-05 by billing schedule"
		look("2026-03-30T09:59:59Z") // the 30th also in the zone, which is 14 hours ahead
		look("2026-03-30T10:00:00Z", march)
		look("2026-03-30T10:00:15Z", march)
		// Nothing ran from April to July: one run bills what was missed.
		look("2026-08-05T00:00:00Z", july, march)
		upcoming, err := w.runs.Schedule(as)
		if err != nil || upcoming.NextRun != day("2026-08-31") {
			t.Errorf("the next run is on %s, error %v", upcoming.NextRun, err)
		}
		if _, err := w.runs.SetSchedule(as, domain.Schedule{Day: 1}, ""); err != nil {
			t.Fatal(err)
		}
		look("2026-12-01T00:00:00Z", july, march)
	})
}

func TestAScheduleBeginsOnTheDayItIsSet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		upcoming, err := w.runs.SetSchedule(as, domain.Schedule{Enabled: true, Day: 5}, "")
		if err != nil || upcoming.NextRun != day("2026-04-05") || upcoming.Zone != "UTC" {
			t.Errorf("%+v, error %v", upcoming, err)
		}
		if upcoming, err = w.runs.SetSchedule(as, domain.Schedule{Enabled: true, Day: 10}, upcoming.Etag()); err != nil || upcoming.NextRun != day("2026-03-10") {
			t.Errorf("%+v, error %v", upcoming, err)
		}
		for _, bad := range []domain.Schedule{{Day: 32}, {Zone: "Mars/Olympus"}, {Zone: "Local"}} {
			if _, err := w.runs.SetSchedule(as, bad, ""); err == nil {
				t.Errorf("%+v is accepted", bad)
			}
		}
		if _, err := w.runs.SetSchedule(as, domain.Schedule{}, `"stale"`); err == nil {
			t.Error("a stale etag is accepted")
		}
	})
}

// A run is cancelled while batches are being done: they finish, and everything they made is counted.
func TestCancellingWaitsForTheBatchesUnderWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(60, 4)
		ctx, stop := context.WithCancel(context.Background())
		var group sync.WaitGroup
		group.Go(func() { runner.New(w.runs, w.billing.Changed, 3, quiet).Run(ctx) })
		id := start(t, w.runs, "2026-03-10")
		for w.look(id).Done == 0 {
			time.Sleep(time.Millisecond)
		}
		cancelled, err := w.runs.CancelRun(as, id)
		if err != nil || !cancelled.State.Ended() {
			t.Fatalf("%+v, error %v", cancelled, err)
		}
		stop()
		group.Wait()
		if made := int64(len(w.checkBooks())); made != cancelled.Invoices || made != w.look(id).Invoices {
			t.Errorf("the run counts %d invoices of %d", cancelled.Invoices, made)
		}
		if pending := w.count(`SELECT count(*) FROM cycle_run_batches WHERE state = 'PENDING'`); pending != 0 {
			t.Errorf("%d batches are pending", pending)
		}
	})
}

// While the one batch under way is waited for, no worker begins another.
func TestNoBatchBeginsOnceARunIsBeingCancelled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(60, 4)
		id := start(t, w.runs, "2026-03-10")
		if _, err := w.runs.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		entered, release := make(chan struct{}), make(chan struct{})
		held := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
			if step == "BillLines" {
				close(entered)
				<-release
			}
			return nil
		}}})
		var group sync.WaitGroup
		work := func(biller *domain.RunService) {
			if _, err := biller.Work(context.Background()); err != nil {
				t.Error(err)
			}
		}
		group.Go(func() { work(held) })
		<-entered
		group.Go(func() {
			if cancelled, err := w.runs.CancelRun(as, id); err != nil || cancelled.State != domain.RunCancelled {
				t.Errorf("%+v, error %v", cancelled, err)
			}
		})
		time.Sleep(200 * time.Millisecond) // the cancellation waits for the batch by now
		for range 3 {
			group.Go(func() { work(w.runs) })
		}
		time.Sleep(200 * time.Millisecond)
		close(release)
		group.Wait()
		if run := w.look(id); run.Done != 1 || run.Batches < 5 {
			t.Errorf("%d of %d batches are done", run.Done, run.Batches)
		}
		w.checkBooks()
	})
}

func TestCurrenciesOfABillToAreInvoicedApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(4, 4)
		w.exec(`UPDATE recurring_lines SET currency = 'KWD' WHERE id % 2 = 0`)
		w.exec(`UPDATE line_rates SET monthly_amount = monthly_amount || '5' WHERE line_id % 2 = 0`)
		run := w.run("2026-07-10")
		totals := domain.Totals{}
		for _, invoice := range w.checkBooks() {
			totals[invoice.Currency] = totals[invoice.Currency].Plus(domain.SumOf(invoice.Total))
		}
		if diff := gocmp.Diff(totals, run.Totals); diff != "" || len(totals) != 2 {
			t.Errorf("(-invoices +run):\n%s", diff)
		}
	})
}
