package run_test

import (
	"context"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// The finalized drafts of a run equal the invoices of a run that finalizes at once. Until then, the
// drafts equal the preview, have no numbers, and no other run bills the same periods.
func TestFinalizedDraftsEqualDirectRun(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			books := func(w *billingtest.Fixture, last func() run.Run) []invoice.Invoice {
				w.LoadCustomers(30, 4)
				w.LoadCharges(30)
				w.Bill("2026-02-01")
				w.GrantCredits(120, "2026-01-20")
				last()
				return w.CheckInvoices()
			}
			plain := billingtest.Fresh(t, engine)
			want := books(plain, func() run.Run { return plain.Bill("2026-03-10") })
			w := billingtest.Fresh(t, engine)
			got := books(w, func() run.Run {
				var previewed []invoice.Invoice
				if err := w.Runs.Preview(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{}, func(invoices []invoice.Invoice, _ []run.Problem) error {
					previewed = append(previewed, invoices...)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				numbered := w.Numbered()
				current := w.LeaveDrafts("2026-03-10")
				w.CheckDrafts(current.ID)
				if diff := gocmp.Diff(previewed, w.Drafts(), asPreviewed); diff != "" || len(previewed) < 20 {
					t.Errorf("%d drafts (-previewed +made):\n%s", len(previewed), diff)
				}
				if current.State != run.Succeeded || current.Drafts.Left != current.Invoices || current.Batches < 3 || w.Get(current.ID-1).Drafts != (invoice.DraftCount{}) {
					t.Errorf("%+v", current)
				}
				if diff := gocmp.Diff(numbered, w.Numbered(), billingtest.SameDates); diff != "" {
					t.Errorf("invoices with numbers (-before +after):\n%s", diff)
				}
				if again := w.Bill("2026-03-10"); again.Invoices != 0 {
					t.Errorf("another run bills what stands on drafts: %+v", again)
				}
				finalized := w.Settle(current.ID, w.Runs.Finalize)
				current.Drafts = invoice.DraftCount{Finalized: current.Invoices}
				current.Jobs = []run.Job{{
					Number: 1, Kind: run.FinalizeJob, State: run.Succeeded, Actor: billingtest.Caller.Actor, Batches: current.Batches, Done: current.Batches,
				}}
				if diff := gocmp.Diff(current, finalized, billingtest.SameDates, cmpopts.IgnoreUnexported(run.Run{}), cmpopts.IgnoreFields(current, "Revision"), cmpopts.IgnoreFields(run.Job{}, "Created", "Ended")); diff != "" || finalized.Jobs[0].Ended.IsZero() {
					t.Errorf("the run (-as drafts +finalized):\n%s", diff)
				}
				for range 2 {
					if again, err := w.Runs.Finalize(billingtest.As, current.ID); err != nil || again.Version != finalized.Version {
						t.Errorf("finalized again: %+v, error %v", again, err)
					}
				}
				return finalized
			})
			billingtest.SameBooks(t, want, got)
			if published := w.Count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice' AND kind = 'UPDATED' AND actor = 'operator'`); published != w.Get(2).Invoices {
				t.Errorf("the feed has %d finalized drafts", published)
			}
		})
	}
}

// Discarding the drafts of a run leaves the store as it was, except for revisions. What it billed
// is due again, with the same result.
func TestDiscardLeavesNothing(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			w.Bill("2026-02-01")
			w.GrantCredits(120, "2026-01-20")
			before := w.Holdings()
			current := w.LeaveDrafts("2026-03-10")
			drafts := w.Drafts()
			discarded := w.Settle(current.ID, w.Runs.Discard)
			if discarded.State != run.Succeeded || billingtest.LastJob(discarded).State != run.Succeeded || discarded.Drafts != (invoice.DraftCount{Discarded: current.Invoices}) || discarded.Invoices != current.Invoices {
				t.Errorf("%+v", discarded)
			}
			if diff := gocmp.Diff(before, w.Holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			w.CheckInvoices()
			again := w.LeaveDrafts("2026-03-10")
			if diff := gocmp.Diff(drafts, w.Drafts(), billingtest.SameDates, cmpopts.IgnoreFields(invoice.Invoice{}, "ID", "Run", "Revision")); diff != "" || len(drafts) == 0 {
				t.Errorf("drafts (-first +second):\n%s", diff)
			}
			w.Settle(again.ID, w.Runs.Finalize)
			w.CheckInvoices()
		})
	}
}

// A rate that was dated inside days on a draft counts for them once the draft is discarded.
func TestDiscardReturnsRates(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(1, 2)
			w.Bill("2026-02-01")
			current := w.LeaveDrafts("2026-03-01")
			changed, err := w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{Rate: line.Rate{
				Effective: billingtest.Day("2026-03-11"), MonthlyAmount: billingtest.USD("31.00"), Reason: "UP",
			}})
			if err != nil || changed.Rates[1].AppliesFrom != billingtest.Day("2026-04-01") {
				t.Fatalf("%+v, error %v", changed.Rates, err)
			}
			w.Settle(current.ID, w.Runs.Discard)
			returned, err := w.Lines.Get(billingtest.As, 1)
			if err != nil || !returned.Rates[1].AppliesFrom.IsZero() {
				t.Errorf("%+v, error %v", returned.Rates, err)
			}
			w.Bill("2026-03-01")
			want := []string{"1 2026-01-01 1000", "2 2026-01-31 3303", "1 2026-02-01 1000", "1 2026-03-01 323", "1 2026-03-11 2100"}
			if diff := gocmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
				t.Errorf("billed (-want +got):\n%s", diff)
			}
		})
	}
}

// A draft with a line that a later run billed further is kept, and is a problem of the run; the
// others are discarded. Once the later invoice is gone, it can be discarded too.
func TestDiscardKeepsDraftBilledFurther(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(10, 4)
		before := w.Holdings()
		first := w.LeaveDrafts("2026-01-31")
		second, err := w.Runs.CreateDraft(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{BillTos: []catalogue.BillToID{2, 3}})
		if err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		further := func(inv invoice.Invoice) bool { return inv.BillTo == 2 || inv.BillTo == 3 }
		var kept []invoice.Invoice
		for _, draft := range w.Drafts() {
			if draft.Run == first.ID && further(draft) || draft.Run == second.ID {
				kept = append(kept, draft)
			}
		}
		current := w.Settle(first.ID, w.Runs.Discard)
		job := billingtest.LastJob(current)
		if job.State != run.Failed || current.Drafts.Left != 2 || job.ProblemCount != 2 || len(job.Problems) != 2 ||
			job.Problems[0].BillTo != 2 || job.Problems[0].Currency != "USD" || !strings.Contains(job.Problems[0].Message, "1-2-USD") {
			t.Fatalf("%+v", current)
		}
		if current.State != run.Succeeded || current.ProblemCount != 0 {
			t.Errorf("the billing of the run: %+v", current)
		}
		if diff := gocmp.Diff(kept, w.Drafts(), billingtest.SameDates); diff != "" {
			t.Errorf("what is kept (-before +after):\n%s", diff)
		}
		if again := w.Settle(first.ID, w.Runs.Discard); len(again.Jobs) != 2 || again.Jobs[1].State != run.Failed || again.Jobs[1].ProblemCount != 2 {
			t.Errorf("discarded again: %+v", again)
		}
		w.Settle(second.ID, w.Runs.Discard)
		if last := w.Settle(first.ID, w.Runs.Discard); last.Jobs[2].State != run.Succeeded || last.Drafts.Left != 0 || last.Jobs[2].ProblemCount != 0 ||
			gocmp.Diff(last.Jobs[0], job, billingtest.SameDates) != "" {
			t.Errorf("discarded at last: %+v", last)
		}
		if diff := gocmp.Diff(before, w.Holdings()); diff != "" {
			t.Errorf("the store (-before +after):\n%s", diff)
		}
	})
}

// A run that could bill only a part keeps its problems and its outcome, whatever happens to its
// drafts.
func TestFinalizeFailedRun(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(6, 4)
		w.Exec(`UPDATE line_rates SET monthly_amount = 'broken' WHERE line_id = 1`)
		current := w.LeaveDrafts("2026-03-10")
		if current.State != run.Failed || current.ProblemCount != 1 {
			t.Fatalf("%+v", current)
		}
		done := w.Settle(current.ID, w.Runs.Finalize)
		if done.State != run.Failed || done.Drafts.Finalized != current.Invoices || billingtest.LastJob(done).State != run.Succeeded || gocmp.Diff(current.Problems, done.Problems) != "" {
			t.Errorf("%+v", done)
		}
		w.CheckInvoices()
	})
}

// The drafts of a run that was cancelled while it billed can be finalized. The run stays cancelled.
func TestFinalizeCancelledRun(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 4)
		current, err := w.Runs.CreateDraft(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the plan and a batch
			if worked, err := w.Runs.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
		}
		if current, err = w.Runs.Cancel(billingtest.As, current.ID); err != nil || current.State != run.Cancelled || current.Drafts.Left != current.Invoices || current.Invoices == 0 {
			t.Fatalf("%+v, error %v", current, err)
		}
		done := w.Settle(current.ID, w.Runs.Finalize)
		if done.State != run.Cancelled || done.Drafts.Finalized != current.Invoices || done.Done != current.Done {
			t.Errorf("%+v", done)
		}
		w.Bill("2026-03-10")
		w.CheckInvoices()
	})
}

func TestScheduledRunLeavesDrafts(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(3, 4)
		if _, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error { *s = run.Schedule{Enabled: true, Day: 10, LeaveDrafts: true}; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := w.Runs.StartScheduled(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		runs, err := w.Runs.List(billingtest.As, listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}})
		if err != nil || len(runs) != 1 || !runs[0].LeaveDrafts || runs[0].Drafts.Left == 0 || len(w.Numbered()) != 0 {
			t.Fatalf("%+v, error %v", runs, err)
		}
		if done := w.Settle(runs[0].ID, w.Runs.Finalize); billingtest.LastJob(done).Actor != billingtest.Caller.Actor || done.Actor != "billing schedule" {
			t.Errorf("%+v", done)
		}
		w.CheckInvoices()
	})
}

// A job that finalizes or discards drafts is cancelled between batches. Finished batches stay
// finished; the other drafts can then be finalized or discarded.
func TestCancelSettlingBetweenBatches(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 4)
		current := w.LeaveDrafts("2026-03-10")
		cancel := func(how func(context.Context, run.ID) (run.Run, error)) run.Run {
			started, err := how(billingtest.As, current.ID)
			if job := started.RunningJob(); err != nil || job == nil || job.Done >= job.Batches || !job.Ended.IsZero() {
				t.Fatalf("%+v, error %v", started, err)
			}
			if again, err := how(billingtest.As, current.ID); err != nil || again.Version != started.Version {
				t.Errorf("repeated while the job runs: got %+v, error %v", again, err)
			}
			for _, other := range []func(context.Context, run.ID) (run.Run, error){w.Runs.Finalize, w.Runs.Discard} {
				if answer, err := other(billingtest.As, current.ID); err == nil && answer.RunningJob().Kind != started.RunningJob().Kind {
					t.Errorf("both at once: %+v", answer)
				}
			}
			if worked, err := w.Runs.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
			cancelled, err := w.Runs.Cancel(billingtest.As, current.ID)
			if err != nil || billingtest.LastJob(cancelled).State != run.Cancelled || cancelled.State != run.Succeeded || cancelled.Drafts.Left == 0 || cancelled.Invoices != current.Invoices {
				t.Fatalf("%+v, error %v", cancelled, err)
			}
			w.Finish(w.Runs)
			if after := w.CheckDrafts(current.ID); after.Version != cancelled.Version {
				t.Errorf("after it was cancelled: %+v", after)
			}
			return cancelled
		}
		finalized := cancel(w.Runs.Finalize)
		if finalized.Drafts.Finalized == 0 {
			t.Errorf("%+v", finalized)
		}
		discarded := cancel(w.Runs.Discard)
		if discarded.Drafts.Discarded == 0 || discarded.Drafts.Finalized != finalized.Drafts.Finalized {
			t.Errorf("%+v", discarded)
		}
		if last := w.Settle(current.ID, w.Runs.Finalize); billingtest.LastJob(last).State != run.Succeeded || last.Drafts.Left != 0 {
			t.Errorf("%+v", last)
		}
		w.Bill("2026-03-10")
		w.CheckInvoices()
		if left := w.Unbilled(billingtest.Day("2026-03-10")); left != 0 {
			t.Errorf("%d lines are left", left)
		}
	})
}

func TestSettleRequiresEndedRunWithDrafts(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(3, 2)
		running, err := w.Runs.CreateDraft(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for name, how := range map[string]func(context.Context, run.ID) (run.Run, error){"finalize": w.Runs.Finalize, "discard": w.Runs.Discard} {
			if _, err := how(billingtest.As, running.ID); err == nil || !strings.Contains(err.Error(), "wait for its end") {
				t.Errorf("%s a run that has not ended: %v", name, err)
			}
			if _, err := how(billingtest.As, 99); err == nil {
				t.Errorf("%s no run", name)
			}
		}
		w.Finish(w.Runs)
		w.Settle(running.ID, w.Runs.Finalize)
		plain := w.Bill("2026-08-10")
		for _, current := range []run.Run{w.Get(running.ID), plain} {
			if same, err := w.Runs.Discard(billingtest.As, current.ID); err != nil || same.Version != current.Version {
				t.Errorf("a run without drafts: %+v, error %v", same, err)
			}
		}
	})
}
