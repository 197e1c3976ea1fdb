package billingtest

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
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// SameDates compares dates.
var SameDates = cmpopts.EquateComparable(date.Date{})

// Charges returns every charge of the invoices, in the order of lines and days.
func Charges(invoices []invoice.Invoice) (all []billing.Charge) {
	for _, inv := range invoices {
		for _, item := range inv.Items {
			all = append(all, item.Parts...)
		}
	}
	slices.SortFunc(all, func(a, b billing.Charge) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Amount, b.Amount))
	})
	return all
}

// Unbilled returns the number of lines that are due as of a date and not billed.
func (w *Fixture) Unbilled(asOf date.Date) int64 {
	return w.Count(`SELECT count(*) FROM recurring_lines JOIN line_cycles USING (tenant, id)
		WHERE next_cycle_date <= $1 AND (line_cycles.end_date IS NULL OR line_cycles.end_date > next_cycle_date)`, asOf.String())
}

// CheckBooks checks invariants: numbers have no gaps, each invoice has one entry in the feed, sums
// agree, and each line is billed without gaps or overlaps from its start to its next cycle date.
func (w *Fixture) CheckBooks() []invoice.Invoice {
	w.T.Helper()
	invoices := w.CheckInvoices()
	if published := w.Count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice'`); published != int64(len(invoices)) {
		w.T.Errorf("the feed has %d entries of %d invoices", published, len(invoices))
	}
	return invoices
}

// CheckInvoices is CheckBooks for invoices that may have been drafts.
func (w *Fixture) CheckInvoices() []invoice.Invoice {
	w.T.Helper()
	invoices := w.Numbered()
	for i, inv := range invoices {
		if inv.Number != int64(i+1) {
			w.T.Fatalf("invoice %s has number %d, it is the %d.", inv.ID, inv.Number, i+1)
		}
		total := int64(0)
		for _, item := range inv.Items {
			for _, part := range item.Parts {
				total += part.Amount
			}
			if item.OneOff != 0 {
				total += item.Amount
			}
		}
		if total != inv.Total {
			w.T.Errorf("invoice %s of %d has parts of %d", inv.ID, inv.Total, total)
		}
	}
	if rows := w.Count(`SELECT count(*) FROM invoices`); rows != int64(len(invoices)) {
		w.T.Errorf("%d invoices have a number, of %d", len(invoices), rows)
	}
	published := w.Count(`SELECT count(DISTINCT resource) FROM change_feed WHERE resource_type = 'Invoice'`)
	deleted := w.Count(`SELECT count(*) FROM change_feed WHERE resource_type = 'Invoice' AND kind = 'DELETED'`)
	if published-deleted != int64(len(invoices)) {
		w.T.Errorf("the feed has %d invoices, %d of them deleted, want %d", published, deleted, len(invoices))
	}
	w.checkPeriods(invoices)
	w.checkCharges(invoices)
	return invoices
}

func (w *Fixture) checkPeriods(invoices []invoice.Invoice) {
	w.T.Helper()
	billedTo := map[int32]date.Date{}
	for _, charge := range Charges(invoices) {
		if charge.Amount < 0 {
			continue // a credit
		}
		if before, ok := billedTo[charge.Line]; ok && before != charge.Span.Start {
			w.T.Errorf("line %d is billed until %s and then for %s", charge.Line, before, charge.Span)
		}
		billedTo[charge.Line] = charge.Span.End
	}
	for l, until := range billedTo {
		found, err := w.Lines.Get(As, line.ID(l))
		if err != nil {
			w.T.Fatal(err)
		}
		if found.NextCycle != until {
			w.T.Errorf("line %d is billed until %s, its next cycle begins %s", l, until, found.NextCycle)
		}
	}
	periods := map[string]bool{}
	if err := w.DB.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		_, err := database.Select(ctx, tx, "period", func(row database.Row) (string, error) {
			var l int64
			var start, end string
			err := row.Scan(&l, &start, &end)
			periods[fmt.Sprint(l, start)] = true
			return start, err
		}, `SELECT line_id, period_start, period_end FROM billed_periods`)
		return err
	}); err != nil {
		w.T.Fatal(err)
	}
	noted := map[string]bool{}
	for _, charge := range Charges(invoices) {
		if start := max(charge.Span.Start.String(), charge.Period.Start.String()); charge.Amount >= 0 && periods[fmt.Sprint(charge.Line, start)] {
			noted[fmt.Sprint(charge.Line, start)] = true
		}
	}
	if len(noted) != len(periods) {
		w.T.Errorf("%d periods are noted as billed, the invoices have %d of them", len(periods), len(noted))
	}
}

// Undisturbed returns the invoices of an undisturbed run over the same customers.
func Undisturbed(t *testing.T, engine database.Engine, customers, lines int, asOf string) []invoice.Invoice {
	t.Helper()
	w := Fresh(t, engine)
	w.LoadCustomers(customers, lines)
	w.LoadCharges(customers)
	w.Bill(asOf)
	return w.CheckBooks()
}

// SameBooks compares invoices. It ignores numbers, since these are in the order of commits.
func SameBooks(t *testing.T, want, got []invoice.Invoice) {
	t.Helper()
	byID := func(a, b invoice.Invoice) int { return cmp.Compare(a.ID, b.ID) }
	want, got = slices.SortedFunc(slices.Values(want), byID), slices.SortedFunc(slices.Values(got), byID)
	if diff := gocmp.Diff(want, got, SameDates, cmpopts.IgnoreFields(invoice.Invoice{}, "Number", "Revision", "Lines", "OneOffs")); diff != "" {
		t.Errorf("invoices (-undisturbed +got):\n%s", diff)
	}
}

// SameCharges compares charges, on whichever invoices they are.
func SameCharges(t *testing.T, want, got []invoice.Invoice) {
	t.Helper()
	if diff := gocmp.Diff(Charges(want), Charges(got), SameDates); diff != "" {
		t.Errorf("charges (-undisturbed +got):\n%s", diff)
	}
}

// Engines are the engines that a store runs on.
var Engines = []database.Engine{database.SQLite, database.PostgreSQL}

// Given returns the amount that invoices with a negative total credit each line.
func Given(invoices []invoice.Invoice) map[line.ID]int64 {
	credits := map[line.ID]int64{}
	for _, inv := range invoices {
		for _, item := range inv.Items {
			if item.Credit {
				credits[line.ID(item.Parts[0].Line)] -= item.Amount
			}
		}
	}
	return credits
}

// ChargedTexts formats every charge as `line from amount`, in minor units.
func ChargedTexts(w *Fixture) (all []string) {
	for _, invoice := range w.Numbered() {
		for _, item := range invoice.Items {
			for _, part := range item.Parts {
				all = append(all, fmt.Sprintf("%d %s %d", part.Line, part.Span.Start, part.Amount))
			}
		}
	}
	return all
}
