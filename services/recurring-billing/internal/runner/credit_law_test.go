package runner_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

var cycles = []domain.BillCycle{domain.Monthly, domain.Quarterly, domain.SemiAnnual, domain.Annual}

// history is what happens to the lines of one bill-to, drawn at random.
type history struct {
	*rapid.T
	w      *world
	billTo domain.BillToID
	lines  []domain.LineID
}

func (h *history) amount(currency domain.Currency) domain.Amount {
	digits, _ := currency.MinorDigits()
	return domain.Amount{Value: decimal.MustNew(rapid.Int64Range(0, 100_000).Draw(h.T, "amount"), digits), Currency: currency}
}

func (h *history) day(from date.Date, within int) date.Date {
	return from.AddDays(rapid.IntRange(0, within).Draw(h.T, "days"))
}

func (h *history) check(err error) {
	if err != nil {
		h.Fatal(err)
	}
}

// open opens the account and its lines, of one currency or of two, some of which are rolled up.
func (h *history) open() {
	_, err := h.w.catalogue.CreateBillTo(as, domain.BillTo{ID: h.billTo, Customer: domain.CustomerID(h.billTo), DisplayName: "Left Ltd"}, false)
	h.check(err)
	for range rapid.IntRange(1, 4).Draw(h.T, "lines") {
		currency := rapid.SampledFrom([]domain.Currency{"USD", "USD", "JPY", "KWD"}).Draw(h.T, "currency")
		line, err := h.w.lines.CreateLine(as, domain.Line{
			Customer: domain.CustomerID(h.billTo), BillTo: h.billTo, Item: "MON", BillCycle: rapid.SampledFrom(cycles).Draw(h.T, "cycle"),
			MasterItem: rapid.SampledFrom([]domain.ItemCode{"", "BASE"}).Draw(h.T, "master item"),
			Start:      h.day(day("2026-01-01"), 60), BillDay: rapid.SampledFrom([]int{1, 15, 31, 0}).Draw(h.T, "bill day"),
			Rates: []domain.Rate{{MonthlyAmount: h.amount(currency)}},
		}, false)
		h.check(err)
		h.lines = append(h.lines, line.ID)
	}
}

func (h *history) run(asOf date.Date) {
	_, err := h.w.runs.CreateRun(as, asOf, domain.Filter{BillTos: []domain.BillToID{h.billTo}}, false)
	h.check(err)
	h.w.finish(h.w.runs)
}

func (h *history) line(id domain.LineID) domain.Line {
	line, err := h.w.lines.Line(as, id)
	h.check(err)
	return line
}

// change gives a line another cycle, another rate from some day on, or both.
func (h *history) change(id domain.LineID) {
	line := h.line(id)
	if rapid.Bool().Draw(h.T, "another cycle") {
		_, err := h.w.lines.ChangeLine(as, id, domain.LineChange{BillCycle: new(rapid.SampledFrom(cycles).Draw(h.T, "cycle"))})
		h.check(err)
	}
	if rapid.Bool().Draw(h.T, "another rate") {
		_, err := h.w.lines.ChangeRate(as, id, domain.RateChange{Rate: domain.Rate{
			Effective: h.day(line.Start, 200), MonthlyAmount: h.amount(line.MonthlyAmount().Currency), Reason: "PRICE",
		}}, false)
		h.check(err)
	}
}

// invoices is all of the account.
func (h *history) invoices() (all []domain.Invoice) {
	h.check(h.w.documents.EachInvoice(as, domain.InvoiceFilter{BillTo: h.billTo}, func(i domain.Invoice, _ domain.Origins) error {
		all = append(all, i)
		return nil
	}))
	return all
}

// cancel cancels a line on any day, and gives the days that are credited.
func (h *history) cancel(id domain.LineID) (billing.Span, int64) {
	line := h.line(id)
	effective := h.day(line.Start, line.Start.DaysUntil(line.NextCycle)+3)
	if rapid.Bool().Draw(h.T, "where a part begins") && !line.LastCycle.IsZero() {
		effective = line.LastCycle
	}
	line, err := h.w.lines.CancelLine(as, id, domain.Cancel{Effective: effective, Reason: "LEFT", Credit: true}, false)
	h.check(err)
	if line.Cancellation.Credit.IsZero() {
		return billing.Span{Start: effective, End: line.NextCycle}, 0
	}
	return billing.Span{Start: effective, End: line.NextCycle}, line.Cancellation.Credit.Minor()
}

// givenBack is what rule 16 says of a part that stays billed up to a day, in exact fractions.
func givenBack(part billing.Charge, from date.Date) int64 {
	switch {
	case !part.Span.Start.Before(from):
		return part.Amount
	case !from.Before(part.Span.End):
		return 0
	}
	kept := big.NewRat(part.Amount*int64(part.Span.Start.DaysUntil(from)), int64(part.Span.Days()))
	kept.Add(kept, big.NewRat(1, 2)) // half away from zero, of what is not below zero
	return part.Amount - new(big.Int).Quo(kept.Num(), kept.Denom()).Int64()
}

// reckon is what the cancellations give back of each item of invoices, and of each line.
func reckon(invoices []domain.Invoice, credited map[domain.LineID]billing.Span) (items map[domain.InvoiceID][]int64, lines map[domain.LineID]int64) {
	items, lines = map[domain.InvoiceID][]int64{}, map[domain.LineID]int64{}
	for _, invoice := range invoices {
		items[invoice.ID] = make([]int64, len(invoice.Items))
		for n, item := range invoice.Items {
			for _, part := range item.Parts {
				if span, cancelled := credited[domain.LineID(part.Line)]; cancelled && !item.Credit {
					amount := givenBack(part, span.Start)
					items[invoice.ID][n] += amount
					lines[domain.LineID(part.Line)] += amount
				}
			}
		}
	}
	return items, lines
}

// giveBackTheRest gives back all that is left of an invoice, item by item or at once, and then finds nothing left.
func (h *history) giveBackTheRest(invoice *domain.Invoice, credited []int64) {
	want, given := int64(0), int64(0)
	for n, item := range invoice.Items {
		left := item.Amount - credited[n]
		want += left
		rehearsed := rapid.Bool().Draw(h.T, "only rehearsed")
		note, err := h.w.invoicing.CreateCreditNote(as, domain.GiveBack{
			Invoice: invoice.ID, Reason: "Left", Items: []domain.GiveBackItem{{Position: n + 1}},
		}, rehearsed)
		if left == 0 && err != nil {
			continue
		}
		h.check(err)
		if note.Total != left {
			h.Fatalf("%d are left of item %d of invoice %s, want %d", note.Total, n+1, invoice.ID, left)
		}
		if !rehearsed {
			given += left
		}
	}
	note, err := h.w.invoicing.CreateCreditNote(as, domain.GiveBack{Invoice: invoice.ID, Reason: "Left"}, false)
	if given < want {
		h.check(err)
		if note.Total != want-given {
			h.Fatalf("%d are left of invoice %s, want %d", note.Total, invoice.ID, want-given)
		}
	}
	_, err = h.w.invoicing.CreateCreditNote(as, domain.GiveBack{Invoice: invoice.ID, Reason: "More"}, false)
	if known, ok := fault.As(err); !ok || known.Reason != "NOTHING_LEFT" || !errors.Is(err, fault.FailedPrecondition) {
		h.Fatalf("more of invoice %s: %v", invoice.ID, err)
	}
}

// Whatever became of a line between the runs: a credit is the sum of what was billed for its days, and credit notes can give
// back the rest of each item and nothing more.
func TestCreditsAndCreditNotesGiveBackWhatWasBilledAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(1, 1)
		last := domain.BillToID(100)
		rapid.Check(t, func(r *rapid.T) {
			last++
			h := &history{T: r, w: w, billTo: last}
			h.open()
			asOf := day("2026-01-15")
			for range rapid.IntRange(1, 4).Draw(r, "runs") {
				h.run(asOf)
				asOf = h.day(asOf, 90)
				h.change(rapid.SampledFrom(h.lines).Draw(r, "changed"))
			}
			billed, credited := h.invoices(), map[domain.LineID]billing.Span{}
			credits := map[domain.LineID]int64{}
			for _, id := range h.lines {
				if rapid.Bool().Draw(r, "stays") {
					continue
				}
				credited[id], credits[id] = h.cancel(id)
			}
			items, lines := reckon(billed, credited)
			for id, credit := range credits {
				if credit != lines[id] {
					r.Fatalf("line %d is credited %d for %s, and was billed %d", id, credit, credited[id], lines[id])
				}
			}
			if rapid.Bool().Draw(r, "on an invoice") {
				h.run(asOf)
			}
			for i := range billed {
				h.giveBackTheRest(&billed[i], items[billed[i].ID])
			}
		})
	})
}
