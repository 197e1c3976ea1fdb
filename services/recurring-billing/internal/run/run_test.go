package run_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// exactly compares everything except what a preview cannot know.
var asPreviewed = cmp.Options{
	cmp.AllowUnexported(), cmpopts.EquateComparable(domainDate),
	cmpopts.IgnoreFields(invoice.Invoice{}, "ID", "Number", "State", "Run", "Lines", "OneOffs", "Revision"),
	cmpopts.IgnoreFields(billing.InvoiceItem{}, "Grant"), // set only while an invoice is made
}

var domainDate = billingtest.Today

func TestRunMatchesPreview(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := billingtest.New(t, db)
		w.LoadCustomers(40, 6)
		var previewed []invoice.Invoice
		if err := w.Runs.Preview(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{}, func(invoices []invoice.Invoice, problems []run.Problem) error {
			previewed = append(previewed, invoices...)
			if len(problems) > 0 {
				t.Errorf("problems %v", problems)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		current := w.Bill("2026-03-10")
		made := w.Numbered()
		if diff := cmp.Diff(previewed, made, asPreviewed); diff != "" {
			t.Errorf("(-previewed +made):\n%s", diff)
		}
		if current.State != run.Succeeded || current.Invoices != int64(len(made)) || len(made) != 41 || current.Done != current.Batches {
			t.Errorf("run %+v made %d invoices", current, len(made))
		}
		if billed := w.Count(`SELECT count(*) FROM billed_periods`); current.Periods != billed || billed == 0 {
			t.Errorf("the run counts %d periods of %d", current.Periods, billed)
		}
	})
}

// A list of runs shows their progress.
func TestRunUpdatesWithEachBatch(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(60, 3)
		current, err := w.Runs.CreateDraft(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for last, moves := current, 0; ; last = current {
			w.Clock.Advance(time.Minute)
			worked, err := w.Runs.Work(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if current = w.Get(current.ID); !worked {
				if moves < 4 || current.State != run.Succeeded {
					t.Errorf("%d batches were done, and it %s", moves, current.State)
				}
				break
			}
			if moved := current.Done > last.Done || current.State != last.State; moved != current.Updated.After(last.Updated) || (moved && !current.Updated.Equal(w.Clock.Now())) {
				t.Errorf("with %d of %d batches done it last changed at %s, before at %s", current.Done, current.Batches, current.Updated, last.Updated)
			}
			moves += current.Done - last.Done
		}
		for range 2 {
			w.Clock.Advance(time.Minute)
			if _, err := w.Invoicing.Finalize(billingtest.As, w.Drafts()[0].ID, ""); err != nil {
				t.Fatal(err)
			}
			if current = w.Get(current.ID); !current.Updated.Equal(w.Clock.Now()) {
				t.Errorf("with a draft finalized at %s it last changed at %s", w.Clock.Now(), current.Updated)
			}
		}
	})
}

func TestSecondRunBillsNothing(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := billingtest.New(t, db)
		w.LoadCustomers(10, 5)
		w.Bill("2026-03-10")
		before := w.Numbered()
		if again := w.Bill("2026-03-10"); again.Invoices != 0 || again.State != run.Succeeded {
			t.Errorf("the second run: %+v", again)
		}
		if past := w.Bill("2026-01-01"); past.Invoices != 0 || past.State != run.Succeeded {
			t.Errorf("a run as of the past: %+v", past)
		}
		if diff := cmp.Diff(before, w.Numbered(), cmpopts.EquateComparable(domainDate)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}
