package runner_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

var sameDates = cmpopts.EquateComparable(date.Date{})

// charges is every charge of every invoice, in the order of lines and days.
func charges(invoices []domain.Invoice) (all []billing.Charge) {
	for _, invoice := range invoices {
		for _, item := range invoice.Items {
			all = append(all, item.Parts...)
		}
	}
	slices.SortFunc(all, func(a, b billing.Charge) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Amount, b.Amount))
	})
	return all
}

// unbilled is the lines that are due as of a date and not billed.
func (w *world) unbilled(asOf date.Date) int64 {
	return w.count(`SELECT count(*) FROM recurring_lines JOIN line_cycles USING (tenant, id)
		WHERE next_cycle_date <= $1 AND (end_date IS NULL OR end_date > next_cycle_date)`, asOf.String())
}

// checkBooks checks what is true of the books whatever happened: numbers without gaps, an entry of the feed for each
// invoice, sums that agree, each line billed day after day from its start to its next cycle date and no day twice.
func (w *world) checkBooks() []domain.Invoice {
	w.t.Helper()
	invoices := w.checkInvoices()
	if told := w.count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`); told != int64(len(invoices)) {
		w.t.Errorf("the feed has %d entries of %d invoices", told, len(invoices))
	}
	return invoices
}

// checkInvoices is checkBooks where invoices may have been drafts.
func (w *world) checkInvoices() []domain.Invoice {
	w.t.Helper()
	invoices := w.invoices()
	for i, invoice := range invoices {
		if invoice.Number != int64(i+1) {
			w.t.Fatalf("invoice %s has number %d, it is the %d.", invoice.ID, invoice.Number, i+1)
		}
		total := int64(0)
		for _, item := range invoice.Items {
			for _, part := range item.Parts {
				total += part.Amount
			}
		}
		if total != invoice.Total {
			w.t.Errorf("invoice %s of %d has parts of %d", invoice.ID, invoice.Total, total)
		}
	}
	if rows := w.count(`SELECT count(*) FROM invoices`); rows != int64(len(invoices)) {
		w.t.Errorf("%d invoices have a number, of %d", len(invoices), rows)
	}
	told := w.count(`SELECT count(DISTINCT resource) FROM change_feed WHERE resource_type = 'Invoice'`)
	deleted := w.count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice' AND kind = 'DELETED'`)
	if told-deleted != int64(len(invoices)) {
		w.t.Errorf("the feed tells of %d invoices, %d of them deleted, of %d", told, deleted, len(invoices))
	}
	w.checkPeriods(invoices)
	return invoices
}

func (w *world) checkPeriods(invoices []domain.Invoice) {
	w.t.Helper()
	billedTo := map[int32]date.Date{}
	for _, charge := range charges(invoices) {
		if charge.Amount < 0 {
			continue // a credit
		}
		if before, ok := billedTo[charge.Line]; ok && before != charge.Span.Start {
			w.t.Errorf("line %d is billed until %s and then for %s", charge.Line, before, charge.Span)
		}
		billedTo[charge.Line] = charge.Span.End
	}
	for line, until := range billedTo {
		found, err := w.lines.Line(as, domain.LineID(line))
		if err != nil {
			w.t.Fatal(err)
		}
		if found.NextCycle != until {
			w.t.Errorf("line %d is billed until %s, its next cycle begins %s", line, until, found.NextCycle)
		}
	}
	periods := map[string]bool{}
	if err := w.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		_, err := database.Select(ctx, tx, "period", func(row database.Row) (string, error) {
			var line int64
			var start, end string
			err := row.Scan(&line, &start, &end)
			periods[fmt.Sprint(line, start)] = true
			return start, err
		}, `SELECT line_id, period_start, period_end FROM billed_periods`)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	noted := map[string]bool{}
	for _, charge := range charges(invoices) {
		if start := max(charge.Span.Start.String(), charge.Period.Start.String()); charge.Amount >= 0 && periods[fmt.Sprint(charge.Line, start)] {
			noted[fmt.Sprint(charge.Line, start)] = true
		}
	}
	if len(noted) != len(periods) {
		w.t.Errorf("%d periods are noted as billed, the invoices have %d of them", len(periods), len(noted))
	}
}

// undisturbed is the invoices of a run over the same customers that nothing happens to.
func undisturbed(t *testing.T, engine database.Engine, customers, lines int, asOf string) []domain.Invoice {
	t.Helper()
	w := fresh(t, engine)
	w.customers(customers, lines)
	w.run(asOf)
	return w.checkBooks()
}

// sameBooks compares what was invoiced; numbers are in the order of commits, which is anybody's guess.
func sameBooks(t *testing.T, want, got []domain.Invoice) {
	t.Helper()
	byID := func(a, b domain.Invoice) int { return cmp.Compare(a.ID, b.ID) }
	want, got = slices.SortedFunc(slices.Values(want), byID), slices.SortedFunc(slices.Values(got), byID)
	if diff := gocmp.Diff(want, got, sameDates, cmpopts.IgnoreFields(domain.Invoice{}, "Number", "Revision", "Lines")); diff != "" {
		t.Errorf("invoices (-undisturbed +got):\n%s", diff)
	}
}

// sameCharges compares what was charged, on whichever invoices.
func sameCharges(t *testing.T, want, got []domain.Invoice) {
	t.Helper()
	if diff := gocmp.Diff(charges(want), charges(got), sameDates); diff != "" {
		t.Errorf("charges (-undisturbed +got):\n%s", diff)
	}
}

var engines = []database.Engine{database.SQLite, database.PostgreSQL}
