package runner_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// Whatever becomes of drafts, in whatever order, the charges in the end are those of plain runs.
func TestAnyHistoryOfDraftsEndsInTheSameCharges(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			plain := fresh(t, engine)
			plain.customers(8, 4)
			for _, asOf := range []string{"2026-01-31", "2026-02-28", "2026-03-10"} {
				plain.run(asOf)
			}
			want := plain.checkBooks()
			for seed := range 6 {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					w := fresh(t, engine)
					w.customers(8, 4)
					w.history(seed)
					sameCharges(t, want, w.checkInvoices())
				})
			}
		})
	}
}

// history makes runs that leave drafts and does to the drafts what the seed says, until all is finalized.
func (w *world) history(seed int) {
	w.t.Helper()
	roll := uint32(seed)*2654435761 + 12345
	next := func(n int) int {
		roll = roll*1664525 + 1013904223
		return int(roll>>16) % n
	}
	dates := []date.Date{day("2026-01-31"), day("2026-02-28"), day("2026-03-10")}
	var runs []domain.RunID
	for range 25 {
		switch drafts := w.drafts(); {
		case len(drafts) == 0 || next(3) == 0:
			runs = append(runs, w.draft(dates[next(len(dates))].String()).ID)
		case next(2) == 0:
			how := w.runs.FinalizeRun
			if next(2) == 0 {
				how = w.runs.DiscardRun
			}
			w.settle(runs[next(len(runs))], how)
		default:
			draft := drafts[next(len(drafts))]
			if next(3) > 0 {
				if _, err := w.invoicing.FinalizeInvoice(as, draft.ID, draft.Etag()); err != nil {
					w.t.Fatal(err)
				}
			} else if err := w.invoicing.DeleteInvoice(as, draft.ID, draft.Etag()); err != nil && !errors.Is(err, fault.FailedPrecondition) {
				w.t.Fatal(err)
			}
			w.checkDrafts(draft.Run)
		}
	}
	for _, asOf := range dates {
		runs = append(runs, w.draft(asOf.String()).ID)
	}
	for _, id := range runs {
		if run := w.settle(id, w.runs.FinalizeRun); run.Drafts.Left != 0 || run.State != domain.RunSucceeded {
			w.t.Errorf("%+v", run)
		}
	}
}
