package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// voidRun voids the invoices of a run, and returns the run when the job has ended.
func voidRun(w *billingtest.Fixture, id run.ID, release bool) run.Run {
	w.T.Helper()
	if _, err := w.Runs.Void(billingtest.As, id, "the wrong year", release); err != nil {
		w.T.Fatal(err)
	}
	w.Finish(w.Runs)
	return w.Get(id)
}

// lineStates returns how far the lines are billed, which credits and one-off charges are due, and
// which periods are recorded as billed.
func lineStates(w *billingtest.Fixture) (rows []string) {
	for _, row := range w.Holdings() {
		if strings.HasPrefix(row, "line ") || strings.HasPrefix(row, "credit ") || strings.HasPrefix(row, "charge ") || strings.HasPrefix(row, "period ") {
			rows = append(rows, row)
		}
	}
	return rows
}

func inState(w *billingtest.Fixture, run run.ID, state invoice.State, released bool) int64 {
	if state != invoice.Void {
		return w.Count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND state = $2`, int64(run), string(state))
	}
	return w.Count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND state = 'VOID' AND periods_released = $2 AND void_reason = 'the wrong year'`, int64(run), released)
}

func TestVoidRunRestoresLines(t *testing.T) {
	for _, atOnce := range []bool{true, false} {
		billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			w.Bill("2026-01-15")
			w.GrantCredits(120, "2026-01-10")
			before := lineStates(w)
			current := w.Bill("2026-06-10")
			made, entries := lineStates(w), w.Count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`)
			if !atOnce {
				kept := voidRun(w, current.ID, false)
				if billingtest.LastJob(kept).State != run.Succeeded || inState(w, current.ID, invoice.Void, false) != current.Invoices {
					t.Fatalf("%+v", kept)
				}
				if next := w.Bill("2026-06-10"); next.Periods != 0 {
					t.Errorf("periods are billed again: %+v", next)
				} else if next.Invoices > 0 { // of the credits, which are due again
					voidRun(w, next.ID, true)
				}
			}
			voided := voidRun(w, current.ID, true)
			if billingtest.LastJob(voided).State != run.Succeeded || voided.State != run.Succeeded || inState(w, current.ID, invoice.Void, true) != current.Invoices || voided.Invoices != current.Invoices {
				t.Fatalf("%+v", voided)
			}
			if diff := gocmp.Diff(before, lineStates(w)); diff != "" {
				t.Errorf("lines (-before +after):\n%s", diff)
			}
			if published := w.Count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`) - entries; atOnce && published != current.Invoices {
				t.Errorf("got %d feed entries for %d invoices", published, current.Invoices)
			}
			if again := voidRun(w, current.ID, true); billingtest.LastJob(again).State != run.Succeeded || again.Invoices != current.Invoices {
				t.Errorf("again: %+v", again)
			}
			if again := w.Bill("2026-06-10"); again.Invoices != current.Invoices || gocmp.Diff(current.Totals, again.Totals) != "" {
				t.Errorf("%+v was voided, %+v was made", current, again)
			}
			if same := lineStates(w); len(same) != len(made) {
				t.Errorf("%d rows became %d", len(made), len(same))
			}
		})
	}
}

func TestVoidRunReportsInvoicesItKeeps(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 4)
		current := w.Bill("2026-03-10")
		if _, err := w.Invoicing.CreateCreditNote(billingtest.As, invoice.Credit{Invoice: "1-3-USD", Total: billingtest.USD("1.00"), Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		further, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-07-10"), run.Filter{BillTos: []catalogue.BillToID{5}}, false)
		if err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		if _, err := w.Invoicing.Void(billingtest.As, "1-7-USD", "another reason", true, ""); err != nil {
			t.Fatal(err)
		}
		voided := voidRun(w, current.ID, true)
		job := billingtest.LastJob(voided)
		if voided.State != run.Succeeded || job.State != run.Failed || job.ProblemCount != 2 || inState(w, current.ID, invoice.Finalized, false) != 2 || inState(w, current.ID, invoice.Void, true) != current.Invoices-3 {
			t.Fatalf("%+v", voided)
		}
		for i, want := range []string{"has credit notes", "void the later invoices first"} {
			if problem := job.Problems[i]; problem.BillTo != catalogue.BillToID([]int{3, 5}[i]) || !strings.Contains(problem.Message, want) {
				t.Errorf("%+v", problem)
			}
		}
		voidRun(w, further.ID, true)
		if voided = voidRun(w, current.ID, true); billingtest.LastJob(voided).ProblemCount != 1 || inState(w, current.ID, invoice.Finalized, false) != 1 {
			t.Errorf("%+v", voided)
		}
	})
}

func TestVoidRunCancellationAndRejections(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 4)
		refused := func(id run.ID, reason string) {
			t.Helper()
			_, err := w.Runs.Void(billingtest.As, id, "the wrong year", true)
			if known, ok := fault.As(err); !ok || string(known.Reason) != reason {
				t.Errorf("%v, want %s", err, reason)
			}
		}
		id := billingtest.Start(t, w.Runs, "2026-03-10")
		refused(id, "RUN_NOT_ENDED")
		w.Finish(w.Runs)
		if _, err := w.Runs.Void(billingtest.As, id, " ", true); !errors.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		current, err := w.Runs.Void(billingtest.As, id, "the wrong year", true)
		if job := current.RunningJob(); err != nil || job == nil || job.Kind != run.VoidJob || current.Invoices != 31 || job.Done != 0 {
			t.Fatalf("%+v, error %v", current, err)
		}
		for range 2 {
			if worked, err := w.Runs.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
		}
		if current, err = w.Runs.Cancel(billingtest.As, id); err != nil || billingtest.LastJob(current).State != run.Cancelled || current.State != run.Succeeded || current.Invoices != 31 {
			t.Fatalf("%+v, error %v", current, err)
		}
		w.Finish(w.Runs)
		if left := inState(w, id, invoice.Finalized, false); left == 0 || left == 31 {
			t.Errorf("%d invoices stand", left)
		}
		if current = voidRun(w, id, true); billingtest.LastJob(current).State != run.Succeeded || inState(w, id, invoice.Void, true) != 31 {
			t.Errorf("%+v", current)
		}
		drafts := w.LeaveDrafts("2026-03-10")
		refused(drafts.ID, "DRAFTS_LEFT")
		w.Settle(drafts.ID, w.Runs.Finalize)
		if current = voidRun(w, drafts.ID, true); billingtest.LastJob(current).State != run.Succeeded || inState(w, drafts.ID, invoice.Void, true) != 31 {
			t.Errorf("%+v", current)
		}
		w.Exec(`DELETE FROM cycle_run_batches WHERE run_id = $1`, int64(id))
		refused(id, "RUN_IMPORTED")
		refused(99, "NOT_FOUND")
	})
}
