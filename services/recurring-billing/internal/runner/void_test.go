package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// voidRun has the invoices of a run voided, and gives it when it has ended.
func (w *world) voidRun(id domain.RunID, release bool) domain.Run {
	w.t.Helper()
	if _, err := w.biller.VoidRun(as, id, "the wrong year", release); err != nil {
		w.t.Fatal(err)
	}
	w.finish(w.biller)
	return w.look(id)
}

// lineStates is how far the lines are billed, which credits are due, and what is noted as billed.
func (w *world) lineStates() (rows []string) {
	for _, row := range w.holdings() {
		if strings.HasPrefix(row, "line ") || strings.HasPrefix(row, "credit ") || strings.HasPrefix(row, "period ") {
			rows = append(rows, row)
		}
	}
	return rows
}

func (w *world) inState(run domain.RunID, state domain.InvoiceState, released bool) int64 {
	if state != domain.InvoiceVoid {
		return w.count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND state = $2`, int64(run), string(state))
	}
	return w.count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND state = 'VOID' AND periods_released = $2 AND void_reason = 'the wrong year'`, int64(run), released)
}

func TestARunThatIsVoidedLeavesTheLinesAsTheyWere(t *testing.T) {
	for _, atOnce := range []bool{true, false} {
		each(t, func(t *testing.T, w *world) {
			w.customers(30, 4)
			w.run("2026-01-15")
			w.credits(120, "2026-01-10")
			before := w.lineStates()
			run := w.run("2026-06-10")
			made, entries := w.lineStates(), w.count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`)
			if !atOnce {
				kept := w.voidRun(run.ID, false)
				if kept.State != domain.RunSucceeded || w.inState(run.ID, domain.InvoiceVoid, false) != run.Invoices {
					t.Fatalf("%+v", kept)
				}
				if next := w.run("2026-06-10"); next.Periods != 0 {
					t.Errorf("periods are billed again: %+v", next)
				} else if next.Invoices > 0 { // of the credits, which are due again
					w.voidRun(next.ID, true)
				}
			}
			voided := w.voidRun(run.ID, true)
			if voided.State != domain.RunSucceeded || w.inState(run.ID, domain.InvoiceVoid, true) != run.Invoices || voided.Invoices != run.Invoices {
				t.Fatalf("%+v", voided)
			}
			if diff := gocmp.Diff(before, w.lineStates()); diff != "" {
				t.Errorf("lines (-before +after):\n%s", diff)
			}
			if told := w.count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`) - entries; atOnce && told != run.Invoices {
				t.Errorf("%d entries tell of %d invoices", told, run.Invoices)
			}
			if again := w.voidRun(run.ID, true); again.State != domain.RunSucceeded || again.Invoices != run.Invoices {
				t.Errorf("again: %+v", again)
			}
			if again := w.run("2026-06-10"); again.Invoices != run.Invoices || gocmp.Diff(run.Totals, again.Totals) != "" {
				t.Errorf("%+v was voided, %+v was made", run, again)
			}
			if same := w.lineStates(); len(same) != len(made) {
				t.Errorf("%d rows became %d", len(made), len(same))
			}
		})
	}
}

func TestWhatCannotBeVoidedWithItsRunIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(30, 4)
		run := w.run("2026-03-10")
		if _, err := w.biller.CreateCreditNote(as, domain.GiveBack{Invoice: "1-3-USD", Total: usd("1.00"), Reason: "x"}, false); err != nil {
			t.Fatal(err)
		}
		further, err := w.biller.CreateRun(as, day("2026-07-10"), domain.Filter{BillTos: []domain.BillToID{5}}, false)
		if err != nil {
			t.Fatal(err)
		}
		w.finish(w.biller)
		if _, err := w.biller.VoidInvoice(as, "1-7-USD", "another reason", true, ""); err != nil {
			t.Fatal(err)
		}
		voided := w.voidRun(run.ID, true)
		if voided.State != domain.RunFailed || voided.ProblemCount != 2 || w.inState(run.ID, domain.InvoiceFinalized, false) != 2 || w.inState(run.ID, domain.InvoiceVoid, true) != run.Invoices-3 {
			t.Fatalf("%+v", voided)
		}
		for i, want := range []string{"has credit notes", "void the invoices of those first"} {
			if problem := voided.Problems[i]; problem.BillTo != domain.BillToID([]int{3, 5}[i]) || !strings.Contains(problem.Message, want) {
				t.Errorf("%+v", problem)
			}
		}
		w.voidRun(further.ID, true)
		if voided = w.voidRun(run.ID, true); voided.ProblemCount != 1 || w.inState(run.ID, domain.InvoiceFinalized, false) != 1 {
			t.Errorf("%+v", voided)
		}
	})
}

func TestVoidingARunIsCancelledBetweenBatchesAndRefusedWithReasons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(30, 4)
		refused := func(id domain.RunID, reason string) {
			t.Helper()
			_, err := w.biller.VoidRun(as, id, "the wrong year", true)
			if known, ok := fault.As(err); !ok || string(known.Reason) != reason {
				t.Errorf("%v, want %s", err, reason)
			}
		}
		id := start(t, w.biller, "2026-03-10")
		refused(id, "RUN_NOT_ENDED")
		w.finish(w.biller)
		if _, err := w.biller.VoidRun(as, id, " ", true); !errors.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		run, err := w.biller.VoidRun(as, id, "the wrong year", true)
		if err != nil || run.State != domain.RunVoiding || run.Invoices != 31 || run.Done != 0 {
			t.Fatalf("%+v, error %v", run, err)
		}
		for range 2 {
			if worked, err := w.biller.Work(context.Background()); err != nil || !worked {
				t.Fatal(worked, err)
			}
		}
		if run, err = w.biller.CancelRun(as, id); err != nil || run.State != domain.RunCancelled || run.Invoices != 31 {
			t.Fatalf("%+v, error %v", run, err)
		}
		w.finish(w.biller)
		if left := w.inState(id, domain.InvoiceFinalized, false); left == 0 || left == 31 {
			t.Errorf("%d invoices stand", left)
		}
		if run = w.voidRun(id, true); run.State != domain.RunSucceeded || w.inState(id, domain.InvoiceVoid, true) != 31 {
			t.Errorf("%+v", run)
		}
		drafts := w.draft("2026-03-10")
		refused(drafts.ID, "DRAFTS_LEFT")
		w.settle(drafts.ID, w.biller.FinalizeRun)
		if run = w.voidRun(drafts.ID, true); run.State != domain.RunSucceeded || w.inState(drafts.ID, domain.InvoiceVoid, true) != 31 {
			t.Errorf("%+v", run)
		}
		w.exec(`DELETE FROM cycle_run_batches WHERE run_id = $1`, int64(id))
		refused(id, "RUN_IMPORTED")
		refused(99, "NOT_FOUND")
	})
}
