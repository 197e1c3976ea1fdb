package runner_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// A run that leaves drafts, finalized, makes the books that a run makes that finalizes at once; and until then the drafts
// are what the preview shows, have no numbers, and are billed by nobody else.
func TestDraftsThatAreFinalizedAreTheBooksOfARunThatFinalizesAtOnce(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			books := func(w *world, last func() domain.Run) []domain.Invoice {
				w.customers(30, 4)
				w.run("2026-02-01")
				w.credits(120, "2026-01-20")
				last()
				return w.checkInvoices()
			}
			plain := fresh(t, engine)
			want := books(plain, func() domain.Run { return plain.run("2026-03-10") })
			w := fresh(t, engine)
			got := books(w, func() domain.Run {
				var previewed []domain.Invoice
				if err := w.runs.Preview(as, day("2026-03-10"), domain.Filter{}, func(invoices []domain.Invoice, _ []domain.Problem) error {
					previewed = append(previewed, invoices...)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				numbered := w.invoices()
				run := w.draft("2026-03-10")
				w.checkDrafts(run.ID)
				if diff := gocmp.Diff(previewed, w.drafts(), asPreviewed); diff != "" || len(previewed) < 20 {
					t.Errorf("%d drafts (-previewed +made):\n%s", len(previewed), diff)
				}
				if run.State != domain.RunSucceeded || run.Drafts.Left != run.Invoices || run.Batches < 3 || w.look(run.ID-1).Drafts != (domain.Drafts{}) {
					t.Errorf("%+v", run)
				}
				if diff := gocmp.Diff(numbered, w.invoices(), sameDates); diff != "" {
					t.Errorf("invoices with numbers (-before +after):\n%s", diff)
				}
				if again := w.run("2026-03-10"); again.Invoices != 0 {
					t.Errorf("another run bills what stands on drafts: %+v", again)
				}
				finalized := w.settle(run.ID, w.runs.FinalizeRun)
				run.Drafts = domain.Drafts{Finalized: run.Invoices}
				run.Outcome, run.SettledBy = domain.RunSucceeded, caller.Actor
				if diff := gocmp.Diff(run, finalized, sameDates, cmpopts.IgnoreUnexported(domain.Run{}), cmpopts.IgnoreFields(run, "Revision", "Ended")); diff != "" || finalized.Ended.IsZero() {
					t.Errorf("the run (-as drafts +finalized):\n%s", diff)
				}
				for range 2 {
					if again, err := w.runs.FinalizeRun(as, run.ID); err != nil || again.Version != finalized.Version {
						t.Errorf("finalized again: %+v, error %v", again, err)
					}
				}
				return finalized
			})
			sameBooks(t, want, got)
			if told := w.count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice' AND kind = 'UPDATED' AND actor = 'operator'`); told != w.look(2).Invoices {
				t.Errorf("the feed tells of %d finalized drafts", told)
			}
		})
	}
}

// A run that leaves drafts, discarded, leaves the store as it found it, but for revisions; what it billed is due again, with
// the same result.
func TestDraftsThatAreDiscardedLeaveNothing(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			w := fresh(t, engine)
			w.customers(30, 4)
			w.run("2026-02-01")
			w.credits(120, "2026-01-20")
			before := w.holdings()
			run := w.draft("2026-03-10")
			drafts := w.drafts()
			discarded := w.settle(run.ID, w.runs.DiscardRun)
			if discarded.State != domain.RunSucceeded || discarded.Drafts != (domain.Drafts{Discarded: run.Invoices}) || discarded.Invoices != run.Invoices {
				t.Errorf("%+v", discarded)
			}
			if diff := gocmp.Diff(before, w.holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			w.checkInvoices()
			again := w.draft("2026-03-10")
			if diff := gocmp.Diff(drafts, w.drafts(), sameDates, cmpopts.IgnoreFields(domain.Invoice{}, "ID", "Run", "Revision")); diff != "" || len(drafts) == 0 {
				t.Errorf("drafts (-first +second):\n%s", diff)
			}
			w.settle(again.ID, w.runs.FinalizeRun)
			w.checkInvoices()
		})
	}
}

// A draft with a line that a later run billed further stays as it is and is a problem of the run; the others go. When what
// came later is gone, it can be discarded too.
func TestADraftThatWasBilledFurtherIsKeptAndTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(10, 4)
		before := w.holdings()
		first := w.draft("2026-01-31")
		second, err := w.runs.CreateDraftRun(as, day("2026-03-10"), domain.Filter{BillTos: []domain.BillToID{2, 3}})
		if err != nil {
			t.Fatal(err)
		}
		w.finish(w.runs)
		further := func(invoice domain.Invoice) bool { return invoice.BillTo == 2 || invoice.BillTo == 3 }
		var kept []domain.Invoice
		for _, draft := range w.drafts() {
			if draft.Run == first.ID && further(draft) || draft.Run == second.ID {
				kept = append(kept, draft)
			}
		}
		run := w.settle(first.ID, w.runs.DiscardRun)
		if run.State != domain.RunFailed || run.Drafts.Left != 2 || run.ProblemCount != 2 || len(run.Problems) != 2 ||
			run.Problems[0].BillTo != 2 || run.Problems[0].Currency != "USD" || !strings.Contains(run.Problems[0].Message, "1-2-USD") {
			t.Fatalf("%+v", run)
		}
		if diff := gocmp.Diff(kept, w.drafts(), sameDates); diff != "" {
			t.Errorf("what is kept (-before +after):\n%s", diff)
		}
		if again := w.settle(first.ID, w.runs.DiscardRun); again.State != domain.RunFailed || again.ProblemCount != 2 {
			t.Errorf("discarded again: %+v", again)
		}
		w.settle(second.ID, w.runs.DiscardRun)
		if last := w.settle(first.ID, w.runs.DiscardRun); last.State != domain.RunSucceeded || last.Drafts.Left != 0 || last.ProblemCount != 0 || len(last.Problems) != 0 {
			t.Errorf("discarded at last: %+v", last)
		}
		if diff := gocmp.Diff(before, w.holdings()); diff != "" {
			t.Errorf("the store (-before +after):\n%s", diff)
		}
	})
}

// A run that could bill only a part keeps its problems and its outcome, whatever becomes of its drafts.
func TestARunThatFailedIsFinalizedAsFarAsItCame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(6, 4)
		w.exec(`UPDATE line_rates SET monthly_amount = 'broken' WHERE line_id = 1`)
		run := w.draft("2026-03-10")
		if run.State != domain.RunFailed || run.ProblemCount != 1 {
			t.Fatalf("%+v", run)
		}
		done := w.settle(run.ID, w.runs.FinalizeRun)
		if done.State != domain.RunFailed || done.Drafts.Finalized != run.Invoices || gocmp.Diff(run.Problems, done.Problems) != "" {
			t.Errorf("%+v", done)
		}
		w.checkInvoices()
	})
}

// A run that was cancelled while it billed is finalized as far as it came, and stays one that was cancelled.
func TestARunThatWasCancelledIsFinalizedAsFarAsItCame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(30, 4)
		run, err := w.runs.CreateDraftRun(as, day("2026-03-10"), domain.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the plan and a batch
			if worked, err := w.runs.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
		}
		if run, err = w.runs.CancelRun(as, run.ID); err != nil || run.State != domain.RunCancelled || run.Drafts.Left != run.Invoices || run.Invoices == 0 {
			t.Fatalf("%+v, error %v", run, err)
		}
		done := w.settle(run.ID, w.runs.FinalizeRun)
		if done.State != domain.RunCancelled || done.Drafts.Finalized != run.Invoices || done.Done != run.Done {
			t.Errorf("%+v", done)
		}
		w.run("2026-03-10")
		w.checkInvoices()
	})
}

func TestAScheduledRunLeavesDraftsWhereTheScheduleSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(3, 4)
		if _, err := w.runs.SetSchedule(as, domain.Schedule{Enabled: true, Day: 10, LeaveDrafts: true}, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.runs.StartScheduled(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.finish(w.runs)
		runs, err := w.runs.Runs(as, 0, 10)
		if err != nil || len(runs) != 1 || !runs[0].LeaveDrafts || runs[0].Drafts.Left == 0 || len(w.invoices()) != 0 {
			t.Fatalf("%+v, error %v", runs, err)
		}
		if done := w.settle(runs[0].ID, w.runs.FinalizeRun); done.SettledBy != caller.Actor || done.Actor != "billing schedule" {
			t.Errorf("%+v", done)
		}
		w.checkInvoices()
	})
}

// A run whose drafts are being finalized, or discarded, is cancelled between batches: what is done is done, the others stay
// drafts, which either can then be done to.
func TestSettlingIsCancelledBetweenBatches(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(30, 4)
		run := w.draft("2026-03-10")
		cancel := func(how func(context.Context, domain.RunID) (domain.Run, error)) domain.Run {
			started, err := how(as, run.ID)
			if err != nil || started.State.Ended() || started.Done >= started.Batches || !started.Ended.IsZero() {
				t.Fatalf("%+v, error %v", started, err)
			}
			if again, err := how(as, run.ID); err != nil || again.Version != started.Version {
				t.Errorf("said again while it goes on: %+v, error %v", again, err)
			}
			for _, other := range []func(context.Context, domain.RunID) (domain.Run, error){w.runs.FinalizeRun, w.runs.DiscardRun} {
				if answer, err := other(as, run.ID); err == nil && answer.State != started.State {
					t.Errorf("both at once: %+v", answer)
				}
			}
			if worked, err := w.runs.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
			cancelled, err := w.runs.CancelRun(as, run.ID)
			if err != nil || cancelled.State != domain.RunCancelled || cancelled.Drafts.Left == 0 || cancelled.Invoices != run.Invoices {
				t.Fatalf("%+v, error %v", cancelled, err)
			}
			w.finish(w.runs)
			if after := w.checkDrafts(run.ID); after.Version != cancelled.Version {
				t.Errorf("after it was cancelled: %+v", after)
			}
			return cancelled
		}
		finalized := cancel(w.runs.FinalizeRun)
		if finalized.Drafts.Finalized == 0 {
			t.Errorf("%+v", finalized)
		}
		discarded := cancel(w.runs.DiscardRun)
		if discarded.Drafts.Discarded == 0 || discarded.Drafts.Finalized != finalized.Drafts.Finalized {
			t.Errorf("%+v", discarded)
		}
		if last := w.settle(run.ID, w.runs.FinalizeRun); last.State != domain.RunSucceeded || last.Drafts.Left != 0 {
			t.Errorf("%+v", last)
		}
		w.run("2026-03-10")
		w.checkInvoices()
		if left := w.unbilled(day("2026-03-10")); left != 0 {
			t.Errorf("%d lines are left", left)
		}
	})
}

func TestARunIsTakenUpOnlyWhenItHasEndedWithDrafts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(3, 2)
		running, err := w.runs.CreateDraftRun(as, day("2026-03-10"), domain.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for name, how := range map[string]func(context.Context, domain.RunID) (domain.Run, error){"finalize": w.runs.FinalizeRun, "discard": w.runs.DiscardRun} {
			if _, err := how(as, running.ID); err == nil || !strings.Contains(err.Error(), "wait for its end") {
				t.Errorf("%s a run that has not ended: %v", name, err)
			}
			if _, err := how(as, 99); err == nil {
				t.Errorf("%s no run", name)
			}
		}
		w.finish(w.runs)
		w.settle(running.ID, w.runs.FinalizeRun)
		plain := w.run("2026-08-10")
		for _, run := range []domain.Run{w.look(running.ID), plain} {
			if same, err := w.runs.DiscardRun(as, run.ID); err != nil || same.Version != run.Version {
				t.Errorf("a run without drafts: %+v, error %v", same, err)
			}
		}
	})
}

// byPlace is the order of drafts in a list.
func byPlace(a, b domain.Invoice) int {
	return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.BillTo, b.BillTo), cmp.Compare(a.Currency, b.Currency))
}

// Pages of drafts miss none and repeat none, while others are finalized and deleted.
func TestPagesOfDraftsStayStable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(12, 4)
		w.exec(`UPDATE recurring_lines SET currency = 'EUR' WHERE id % 2 = 0`)
		w.draft("2026-02-01")
		w.draft("2026-03-10")
		all := w.drafts()
		if !slices.IsSortedFunc(all, byPlace) || len(all) < 30 {
			t.Fatalf("%d drafts, sorted %v", len(all), slices.IsSortedFunc(all, byPlace))
		}
		var seen []string
		gone := map[string]bool{}
		var after domain.InvoicePlace
		for {
			page, err := w.invoicing.Invoices(as, domain.InvoiceFilter{State: domain.InvoiceDraft}, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, draft := range page {
				seen, after = append(seen, string(draft.ID)), draft.Place()
			}
			last := slices.IndexFunc(all, func(i domain.Invoice) bool { return string(i.ID) == seen[len(seen)-1] })
			if _, err := w.invoicing.FinalizeInvoice(as, all[last].ID, ""); err != nil { // one that was listed
				t.Fatal(err)
			}
			if later := last + 2; later < len(all) { // one that is yet to be
				gone[string(all[later].ID)] = true
				if _, err := w.invoicing.FinalizeInvoice(as, all[later].ID, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		var want []string
		for _, draft := range all {
			if !gone[string(draft.ID)] {
				want = append(want, string(draft.ID))
			}
		}
		if diff := gocmp.Diff(want, seen); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		for _, filter := range []domain.InvoiceFilter{{BillTo: 3}, {Run: 2}, {From: day("2026-03-01")}, {Customer: 3}} {
			filter.State = domain.InvoiceDraft
			for _, draft := range w.listed(filter) {
				if filter.BillTo+domain.BillToID(filter.Customer) != 0 && draft.BillTo != 3 || filter.BillTo+domain.BillToID(filter.Customer) == 0 && draft.Run != 2 {
					t.Errorf("%+v finds %s", filter, draft.ID)
				}
			}
		}
	})
}
