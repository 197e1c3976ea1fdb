package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// exactly compares all there is, but what a preview cannot know.
var asPreviewed = cmp.Options{
	cmp.AllowUnexported(), cmpopts.EquateComparable(domainDate),
	cmpopts.IgnoreFields(domain.Invoice{}, "ID", "Number", "State", "Run", "Lines", "Revision"),
}

var domainDate = today

func TestARunMakesWhatThePreviewShowed(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.customers(40, 6)
		var previewed []domain.Invoice
		if err := w.runs.Preview(as, day("2026-03-10"), domain.Filter{}, func(invoices []domain.Invoice, problems []domain.Problem) error {
			previewed = append(previewed, invoices...)
			if len(problems) > 0 {
				t.Errorf("problems %v", problems)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		run := w.run("2026-03-10")
		made := w.invoices()
		if diff := cmp.Diff(previewed, made, asPreviewed); diff != "" {
			t.Errorf("(-previewed +made):\n%s", diff)
		}
		if run.State != domain.RunSucceeded || run.Invoices != int64(len(made)) || len(made) != 41 || run.Done != run.Batches {
			t.Errorf("run %+v made %d invoices", run, len(made))
		}
		if billed := w.count(`SELECT count(*) FROM billed_periods`); run.Periods != billed || billed == 0 {
			t.Errorf("the run counts %d periods of %d", run.Periods, billed)
		}
	})
}

// Whoever lists runs sees that one goes on.
func TestARunChangesWithEachBatchThatIsDone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(60, 3)
		run, err := w.runs.CreateDraftRun(as, day("2026-03-10"), domain.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for last, moves := run, 0; ; last = run {
			w.clock.Advance(time.Minute)
			worked, err := w.runs.Work(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if run = w.look(run.ID); !worked {
				if moves < 4 || run.State != domain.RunSucceeded {
					t.Errorf("%d batches were done, and it %s", moves, run.State)
				}
				break
			}
			if moved := run.Done > last.Done || run.State != last.State; moved != run.Updated.After(last.Updated) || (moved && !run.Updated.Equal(w.clock.Now())) {
				t.Errorf("with %d of %d batches done it last changed at %s, before at %s", run.Done, run.Batches, run.Updated, last.Updated)
			}
			moves += run.Done - last.Done
		}
		for range 2 {
			w.clock.Advance(time.Minute)
			if _, err := w.invoicing.FinalizeInvoice(as, w.drafts()[0].ID, ""); err != nil {
				t.Fatal(err)
			}
			if run = w.look(run.ID); !run.Updated.Equal(w.clock.Now()) {
				t.Errorf("with a draft finalized at %s it last changed at %s", w.clock.Now(), run.Updated)
			}
		}
	})
}

func TestASecondRunDoesNothing(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.customers(10, 5)
		w.run("2026-03-10")
		before := w.invoices()
		if again := w.run("2026-03-10"); again.Invoices != 0 || again.State != domain.RunSucceeded {
			t.Errorf("the second run: %+v", again)
		}
		if past := w.run("2026-01-01"); past.Invoices != 0 || past.State != domain.RunSucceeded {
			t.Errorf("a run as of the past: %+v", past)
		}
		if diff := cmp.Diff(before, w.invoices(), cmpopts.EquateComparable(domainDate)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}
