package run_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Whatever happens to drafts, in any order, the charges in the end are those of plain runs.
func TestDraftHistoriesEndInSameCharges(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			plain := billingtest.Fresh(t, engine)
			plain.LoadCustomers(8, 4)
			for _, asOf := range []string{"2026-01-31", "2026-02-28", "2026-03-10"} {
				plain.Bill(asOf)
			}
			want := plain.CheckBooks()
			for seed := range 6 {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					w := billingtest.Fresh(t, engine)
					w.LoadCustomers(8, 4)
					randomHistory(w, seed)
					billingtest.SameCharges(t, want, w.CheckInvoices())
				})
			}
		})
	}
}

// randomHistory makes runs that leave drafts, and changes the drafts as the seed says until all are
// finalized.
func randomHistory(w *billingtest.Fixture, seed int) {
	w.T.Helper()
	roll := uint32(seed)*2654435761 + 12345
	next := func(n int) int {
		roll = roll*1664525 + 1013904223
		return int(roll>>16) % n
	}
	dates := []date.Date{billingtest.Day("2026-01-31"), billingtest.Day("2026-02-28"), billingtest.Day("2026-03-10")}
	var runs []run.ID
	for range 25 {
		switch drafts := w.Drafts(); {
		case len(drafts) == 0 || next(3) == 0:
			runs = append(runs, w.LeaveDrafts(dates[next(len(dates))].String()).ID)
		case next(2) == 0:
			how := w.Runs.Finalize
			if next(2) == 0 {
				how = w.Runs.Discard
			}
			w.Settle(runs[next(len(runs))], how)
		default:
			draft := drafts[next(len(drafts))]
			if next(3) > 0 {
				if _, err := w.Invoicing.Finalize(billingtest.As, draft.ID, draft.Etag()); err != nil {
					w.T.Fatal(err)
				}
			} else if err := w.Invoicing.Delete(billingtest.As, draft.ID, draft.Etag()); err != nil && !errors.Is(err, fault.FailedPrecondition) {
				w.T.Fatal(err)
			}
			w.CheckDrafts(draft.Run)
		}
	}
	for _, asOf := range dates {
		runs = append(runs, w.LeaveDrafts(asOf.String()).ID)
	}
	for _, id := range runs {
		if current := w.Settle(id, w.Runs.Finalize); current.Drafts.Left != 0 || current.State != run.Succeeded || current.InProgress() {
			w.T.Errorf("%+v", current)
		}
	}
}
