package run_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func TestPreviewCountsEqualRun(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(20, 4)
		dry, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{}, true)
		if err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		dry = w.Get(dry.ID)
		if made := w.Numbered(); len(made) != 0 {
			t.Fatalf("a dry run made %d invoices", len(made))
		}
		wet := w.Bill("2026-03-10")
		if diff := gocmp.Diff(wet.Count, dry.Count); diff != "" || dry.State != run.Succeeded {
			t.Errorf("%s (-run +dry run):\n%s", dry.State, diff)
		}
	})
}

func TestFilteredRunLeavesRestDue(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(12, 4)
		preview := func(filter run.Filter) (all []invoice.Invoice) {
			if err := w.Runs.Preview(billingtest.As, billingtest.Day("2026-03-10"), filter, func(invoices []invoice.Invoice, _ []run.Problem) error {
				all = append(all, invoices...)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return all
		}
		cycle := func(cycle line.BillCycle) []billing.Charge {
			return billingtest.Charges(preview(run.Filter{Cycles: []line.BillCycle{cycle}}))
		}
		everything := len(billingtest.Charges(preview(run.Filter{})))
		monthly, quarterly, annual := cycle(line.Monthly), cycle(line.Quarterly), cycle(line.Annual)
		if len(monthly) == 0 || len(quarterly) == 0 || len(monthly)+len(quarterly)+len(annual) != everything {
			t.Errorf("%d charges, %d monthly, %d quarterly, %d annual", everything, len(monthly), len(quarterly), len(annual))
		}
		master := preview(run.Filter{Masters: []catalogue.MasterAccountCode{"MASTER"}})
		billTo := preview(run.Filter{BillTos: []catalogue.BillToID{13}})
		if diff := gocmp.Diff(billingtest.Charges(master), billingtest.Charges(billTo), billingtest.SameDates); diff != "" || len(master) != 1 {
			t.Errorf("%d invoices (-by master +by its bill-to):\n%s", len(master), diff)
		}
		if none := preview(run.Filter{Items: []catalogue.ItemCode{"BASE"}}); len(none) != 0 {
			t.Errorf("%d invoices of an item that no line bills", len(none))
		}
		if _, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{Cycles: []line.BillCycle{line.Quarterly}}, false); err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		if diff := gocmp.Diff(quarterly, billingtest.Charges(w.CheckBooks()), billingtest.SameDates); diff != "" {
			t.Errorf("(-previewed +billed):\n%s", diff)
		}
		w.Bill("2026-03-10")
		if made := billingtest.Charges(w.CheckBooks()); len(made) != everything {
			t.Errorf("%d charges, want %d", len(made), everything)
		}
	})
}

func TestCreateRejectsUnknownFilterValues(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		_, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{
			Items: []catalogue.ItemCode{"MON", "GONE"}, Masters: []catalogue.MasterAccountCode{"NOBODY"}, BillTos: []catalogue.BillToID{77},
		}, false)
		for _, field := range []string{"filter.items[1]", "filter.master_accounts[0]", "filter.bill_tos[0]"} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s is not named: %v", field, err)
			}
		}
		if _, err := w.Runs.Create(billingtest.As, billingtest.Day("2036-03-11"), run.Filter{}, false); err == nil {
			t.Error("a date too far ahead is accepted")
		}
	})
}

func TestMasterInvoiceHasThousandLines(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(250, 4)
		w.Exec(`UPDATE recurring_lines SET master_account_code = 'MASTER'`)
		w.Bill("2026-07-01")
		made := w.CheckBooks()
		lines := map[int32]bool{}
		for _, charge := range billingtest.Charges(made) {
			lines[charge.Line] = true
		}
		if len(made) != 1 || made[0].BillTo != 251 || made[0].Customer != 251 || len(lines) != 1000 {
			t.Errorf("%d invoices of %d lines", len(made), len(lines))
		}
	})
}

func TestUnbillableLineIsBilledAfterCorrection(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(10, 4)
		w.Exec(`UPDATE line_rates SET monthly_amount = 'a lot' WHERE line_id = 1`)
		w.Exec(`DELETE FROM line_rates WHERE line_id = 6`)
		current := w.Bill("2026-03-10")
		want := []run.Problem{
			{BillTo: 1, Currency: "USD", Message: `line 1: "a lot" is not an amount of USD`},
			{BillTo: 2, Currency: "USD", Message: "line 6 has no rate"},
		}
		if diff := gocmp.Diff(want, current.Problems); diff != "" || current.State != run.Failed || current.ProblemCount != 2 || current.Invoices == 0 {
			t.Errorf("%+v\nproblems (-want +got):\n%s", current, diff)
		}
		w.Exec(`UPDATE line_rates SET monthly_amount = '10.00' WHERE line_id = 1`)
		w.Exec(`INSERT INTO line_rates (tenant, line_id, number, effective_date, monthly_amount, reason_code) VALUES ('t', 6, 0, '2026-01-01', '12.00', '')`)
		if current = w.Bill("2026-03-10"); current.State != run.Succeeded || current.Invoices != 2 {
			t.Errorf("%+v", current)
		}
		w.CheckBooks()
	})
}

func TestDatabaseRejectsBilledPeriod(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(6, 4)
		w.Bill("2026-03-10")
		before := w.CheckBooks()
		w.Exec(`UPDATE line_cycles SET next_cycle_date = '2026-01-01' WHERE id = 1`)
		current := w.Bill("2026-03-10")
		want := []run.Problem{{BillTo: 1, Currency: "USD", Message: "line 1 was already billed for the same days: its next cycle date lies before days that it is billed for"}}
		if diff := gocmp.Diff(want, current.Problems); diff != "" || current.State != run.Failed {
			t.Errorf("%+v (-want +got):\n%s", current, diff)
		}
		if after := w.Numbered(); len(after) != len(before) {
			t.Errorf("%d invoices became %d", len(before), len(after))
		}
		// It does not hold back other bill-tos.
		w.Exec(`DELETE FROM billed_periods WHERE line_id > 4`)
		w.Exec(`UPDATE line_cycles SET next_cycle_date = '2026-03-01', version = version + 1 WHERE id > 4`)
		if current = w.Bill("2026-03-10"); current.Invoices == 0 || gocmp.Diff(want, current.Problems) != "" {
			t.Errorf("%+v", current)
		}
	})
}

func TestScheduledRunStartsOncePerDay(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(5, 4)
		if _, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error {
			*s = run.Schedule{Enabled: true, Day: 31, Zone: "Pacific/Kiritimati"}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		look := func(at string, want ...string) {
			t.Helper()
			instant, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			w.Clock.Set(instant)
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					if err := w.Runs.StartScheduled(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			runs, err := w.Runs.List(billingtest.As, listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, current := range runs {
				got = append(got, fmt.Sprint(current.Scheduled, " as of ", current.AsOf, " by ", current.Actor))
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("at %s (-want +got):\n%s", at, diff)
			}
		}
		const march, july = "2026-03-31 as of 2026-03-31 by billing schedule", "2026-07-31 as of 2026-08-05 by billing schedule"
		look("2026-03-30T09:59:59Z") // the 30th also in the zone, which is 14 hours ahead
		look("2026-03-30T10:00:00Z", march)
		look("2026-03-30T10:00:15Z", march)
		// Nothing ran from April to July. One run bills what was missed.
		look("2026-08-05T00:00:00Z", july, march)
		upcoming, err := w.Runs.Schedule(billingtest.As)
		if err != nil || upcoming.NextRun != billingtest.Day("2026-08-31") {
			t.Errorf("the next run is on %s, error %v", upcoming.NextRun, err)
		}
		if _, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error { *s = run.Schedule{Day: 1}; return nil }); err != nil {
			t.Fatal(err)
		}
		look("2026-12-01T00:00:00Z", july, march)
	})
}

func TestScheduleBeginsOnDayItIsSet(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		upcoming, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error { *s = run.Schedule{Enabled: true, Day: 5}; return nil })
		if err != nil || upcoming.NextRun != billingtest.Day("2026-04-05") || upcoming.Zone != "UTC" {
			t.Errorf("%+v, error %v", upcoming, err)
		}
		if upcoming, err = w.Runs.UpdateSchedule(billingtest.As, upcoming.Etag(), func(s *run.Schedule) error { *s = run.Schedule{Enabled: true, Day: 10}; return nil }); err != nil || upcoming.NextRun != billingtest.Day("2026-03-10") {
			t.Errorf("%+v, error %v", upcoming, err)
		}
		for _, bad := range []run.Schedule{{Day: 32}, {Zone: "Mars/Olympus"}, {Zone: "Local"}} {
			if _, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error { *s = bad; return nil }); err == nil {
				t.Errorf("%+v is accepted", bad)
			}
		}
		if _, err := w.Runs.UpdateSchedule(billingtest.As, `"stale"`, func(s *run.Schedule) error { *s = run.Schedule{}; return nil }); err == nil {
			t.Error("a stale etag is accepted")
		}
	})
}

// A run is cancelled while batches are being processed. They finish, and everything they made is
// counted.
func TestCancelWaitsForBatchesInProgress(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(60, 4)
		ctx, stop := context.WithCancel(context.Background())
		var group sync.WaitGroup
		group.Go(func() { run.NewWorker(w.Runs, w.Store.Follow, 3, billingtest.Quiet).Run(ctx) })
		id := billingtest.Start(t, w.Runs, "2026-03-10")
		for w.Get(id).Done == 0 {
			time.Sleep(time.Millisecond)
		}
		cancelled, err := w.Runs.Cancel(billingtest.As, id)
		if err != nil || !cancelled.State.Ended() {
			t.Fatalf("%+v, error %v", cancelled, err)
		}
		stop()
		group.Wait()
		if made := int64(len(w.CheckBooks())); made != cancelled.Invoices || made != w.Get(id).Invoices {
			t.Errorf("the run counts %d invoices of %d", cancelled.Invoices, made)
		}
		if pending := w.Count(`SELECT count(*) FROM cycle_run_batches WHERE state = 'PENDING'`); pending != 0 {
			t.Errorf("%d batches are pending", pending)
		}
	})
}

// While the cancellation waits for the batch in progress, no worker begins another.
func TestCancelStopsNewBatches(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(60, 4)
		id := billingtest.Start(t, w.Runs, "2026-03-10")
		if _, err := w.Runs.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		entered, release := make(chan struct{}), make(chan struct{})
		held := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
			if step == "BillLines" {
				close(entered)
				<-release
			}
			return nil
		}}})
		var group sync.WaitGroup
		work := func(runs *run.Service) {
			if _, err := runs.Work(context.Background()); err != nil {
				t.Error(err)
			}
		}
		group.Go(func() { work(held) })
		<-entered
		group.Go(func() {
			if cancelled, err := w.Runs.Cancel(billingtest.As, id); err != nil || cancelled.State != run.Cancelled {
				t.Errorf("%+v, error %v", cancelled, err)
			}
		})
		time.Sleep(200 * time.Millisecond) // the cancellation waits for the batch by now
		for range 3 {
			group.Go(func() { work(w.Runs) })
		}
		time.Sleep(200 * time.Millisecond)
		close(release)
		group.Wait()
		if current := w.Get(id); current.Done != 1 || current.Batches < 5 {
			t.Errorf("%d of %d batches are done", current.Done, current.Batches)
		}
		w.CheckBooks()
	})
}

func TestCurrenciesAreInvoicedSeparately(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(4, 4)
		w.Exec(`UPDATE recurring_lines SET currency = 'KWD' WHERE id % 2 = 0`)
		w.Exec(`UPDATE line_rates SET monthly_amount = monthly_amount || '5' WHERE line_id % 2 = 0`)
		run := w.Bill("2026-07-10")
		totals := money.Totals{}
		for _, invoice := range w.CheckBooks() {
			totals[invoice.Currency] = totals[invoice.Currency].Plus(money.SumOf(invoice.Total))
		}
		if diff := gocmp.Diff(totals, run.Totals); diff != "" || len(totals) != 2 {
			t.Errorf("(-invoices +run):\n%s", diff)
		}
	})
}
