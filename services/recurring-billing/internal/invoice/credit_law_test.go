package invoice_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var cycles = []line.BillCycle{line.Monthly, line.Quarterly, line.SemiAnnual, line.Annual}

// others is added to the number of a history's bill-to to get that of its customer's other one.
const others = 1_000_000

// history is a random history of the lines of one customer with two bill-tos.
type history struct {
	*rapid.T
	w      *billingtest.Fixture
	billTo catalogue.BillToID
	Lines  []line.ID
	// least is the least amount of a line, negative if some are discounts.
	least int64
}

func (h *history) amount(currency money.Currency) money.Amount {
	digits, _ := currency.MinorDigits()
	return money.Amount{Value: decimal.MustNew(rapid.Int64Range(h.least, 100_000).Draw(h.T, "amount"), digits), Currency: currency}
}

func (h *history) day(from date.Date, within int) date.Date {
	return from.AddDays(rapid.IntRange(0, within).Draw(h.T, "days"))
}

func (h *history) check(err error) {
	if err != nil {
		h.Fatal(err)
	}
}

// open creates the account and its lines, in one or two currencies, some of them rolled up.
func (h *history) open() {
	for _, id := range []catalogue.BillToID{h.billTo, h.billTo + others} {
		_, err := h.w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: id, Customer: catalogue.CustomerID(h.billTo), DisplayName: "Left Ltd"})
		h.check(err)
	}
	for range rapid.IntRange(1, 4).Draw(h.T, "lines") {
		currency := rapid.SampledFrom([]money.Currency{"USD", "USD", "JPY", "KWD"}).Draw(h.T, "currency")
		l, err := h.w.Lines.Create(billingtest.As, line.Line{
			Customer: catalogue.CustomerID(h.billTo), BillTo: h.billTo, Item: "MON", BillCycle: rapid.SampledFrom(cycles).Draw(h.T, "cycle"),
			MasterItem: rapid.SampledFrom([]catalogue.ItemCode{"", "BASE"}).Draw(h.T, "master item"),
			Start:      h.day(billingtest.Day("2026-01-01"), 60), BillDay: rapid.SampledFrom([]int{1, 15, 31, 0}).Draw(h.T, "bill day"),
			Rates: []line.Rate{{MonthlyAmount: h.amount(currency)}},
		})
		h.check(err)
		h.Lines = append(h.Lines, l.ID)
	}
}

func (h *history) run(asOf date.Date) {
	_, err := h.w.Runs.Create(billingtest.As, asOf, run.Filter{BillTos: []catalogue.BillToID{h.billTo, h.billTo + others}}, false)
	h.check(err)
	h.w.Finish(h.w.Runs)
}

func (h *history) line(id line.ID) line.Line {
	l, err := h.w.Lines.Get(billingtest.As, id)
	h.check(err)
	return l
}

// change gives a line another cycle, another rate from some day on, another bill-to, or all of it.
func (h *history) change(id line.ID) {
	l := h.line(id)
	if rapid.Bool().Draw(h.T, "another bill-to") {
		_, err := h.w.Lines.Change(billingtest.As, id, line.Change{BillTo: new(2*h.billTo + others - l.BillTo)})
		h.check(err)
	}
	if rapid.Bool().Draw(h.T, "another cycle") {
		_, err := h.w.Lines.Change(billingtest.As, id, line.Change{BillCycle: new(rapid.SampledFrom(cycles).Draw(h.T, "cycle"))})
		h.check(err)
	}
	if rapid.Bool().Draw(h.T, "another rate") {
		_, err := h.w.Lines.ChangeRate(billingtest.As, id, line.RateChange{Rate: line.Rate{
			Effective: h.day(l.Start, 200), MonthlyAmount: h.amount(l.MonthlyAmount().Currency), Reason: "PRICE",
		}})
		h.check(err)
	}
}

// invoices returns all invoices of the customer.
func (h *history) invoices() (all []invoice.Invoice) {
	query := listing.Query{
		Where: listing.All(listing.Present{Field: invoice.FieldNumber}, listing.Is(invoice.FieldCustomer, h.billTo)), Order: billingtest.ByNumber,
	}
	h.check(h.w.Documents.Each(billingtest.As, query, billingtest.NumberOf, func(d invoice.Document) error {
		all = append(all, d.Invoice)
		return nil
	}))
	return all
}

// cancel cancels a line on any day, and returns the credited days and amount.
func (h *history) cancel(id line.ID) (billing.Span, int64) {
	l := h.line(id)
	effective := h.day(l.Start, l.Start.DaysUntil(l.NextCycle)+3)
	if rapid.Bool().Draw(h.T, "where a part begins") && !l.LastCycle.IsZero() {
		effective = l.LastCycle
	}
	l, err := h.w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: effective, Reason: "LEFT", Credit: true})
	h.check(err)
	if l.Cancellation.Credit.IsZero() {
		return billing.Span{Start: effective, End: l.NextCycle}, 0
	}
	return billing.Span{Start: effective, End: l.NextCycle}, l.Cancellation.Credit.Minor()
}

// creditOfPart returns the credit of rule 16 for a part that stays billed up to a day, computed in
// exact fractions.
func creditOfPart(part billing.Charge, from date.Date) int64 {
	switch {
	case !part.Span.Start.Before(from):
		return part.Amount
	case !from.Before(part.Span.End):
		return 0
	case part.ByMonth:
		return worth(part, part.Span.End) - worth(part, from)
	}
	return part.Amount - billingtest.Rounded(big.NewRat(part.Amount*int64(part.Span.Start.DaysUntil(from)), int64(part.Span.Days())))
}

// worth returns what the days of a part's period before a day cost by month, added month by month.
func worth(part billing.Charge, until date.Date) int64 {
	exact := new(big.Rat)
	for day := part.First; day.Before(until); {
		begins := day.AddMonthsOnDay(0, part.BillDay)
		if day.Before(begins) {
			begins = day.AddMonthsOnDay(-1, part.BillDay)
		}
		ends := begins.AddMonthsOnDay(1, part.BillDay)
		upto := ends
		if until.Before(ends) {
			upto = until
		}
		exact.Add(exact, big.NewRat(part.Monthly*int64(day.DaysUntil(upto)), int64(begins.DaysUntil(ends))))
		day = upto
	}
	return billingtest.Rounded(exact)
}

// reckon returns the credits of the cancellations for each item of the invoices, and for each line.
func reckon(invoices []invoice.Invoice, credited map[line.ID]billing.Span) (items map[invoice.ID][]int64, lines map[line.ID]int64) {
	items, lines = map[invoice.ID][]int64{}, map[line.ID]int64{}
	for _, inv := range invoices {
		items[inv.ID] = make([]int64, len(inv.Items))
		for n, item := range inv.Items {
			for _, part := range item.Parts {
				if span, cancelled := credited[line.ID(part.Line)]; cancelled && !item.Credit {
					amount := creditOfPart(part, span.Start)
					items[inv.ID][n] += amount
					lines[line.ID(part.Line)] += amount
				}
			}
		}
	}
	return items, lines
}

// checkPayers checks that the credits of each line go to the bill-tos that were charged for its days,
// to each what it was charged.
func (h *history) checkPayers(billed []invoice.Invoice, credited map[line.ID]billing.Span) {
	type payer struct {
		line   line.ID
		billTo catalogue.BillToID
	}
	owed := map[payer]int64{}
	for _, inv := range billed {
		for _, item := range inv.Items {
			for _, part := range item.Parts {
				if span, cancelled := credited[line.ID(part.Line)]; cancelled && !item.Credit {
					owed[payer{line.ID(part.Line), inv.BillTo}] += creditOfPart(part, span.Start)
				}
			}
		}
	}
	for id := range credited {
		for _, credit := range h.line(id).Credits {
			owed[payer{id, credit.BillTo}] -= credit.Amount.Minor()
		}
	}
	for who, amount := range owed {
		if amount != 0 {
			h.Fatalf("line %d is owed %d more by bill-to %d", who.line, amount, who.billTo)
		}
	}
}

// creditRemainder credits the remainder of an invoice, by item or at once, and checks that nothing
// is left. Taking back a discount leaves no more than what was billed.
func (h *history) creditRemainder(inv *invoice.Invoice, credited []int64) {
	want := inv.Total
	for _, amount := range credited {
		want -= amount
	}
	want = min(want, inv.Total)
	for n, item := range inv.Items {
		left := item.Amount - credited[n]
		validated := rapid.Bool().Draw(h.T, "only validated")
		ctx := billingtest.As
		if validated {
			ctx = mutation.ValidateOnly(ctx)
		}
		note, err := h.w.Invoicing.CreateCreditNote(ctx, invoice.Credit{
			Invoice: inv.ID, Reason: "Left", Items: []invoice.CreditItem{{Position: n + 1}},
		})
		if (left <= 0 || left > want) && err != nil {
			continue
		}
		h.check(err)
		if note.Total != left {
			h.Fatalf("%d are left of item %d of invoice %s, want %d", note.Total, n+1, inv.ID, left)
		}
		if !validated {
			want -= left
		}
	}
	note, err := h.w.Invoicing.CreateCreditNote(billingtest.As, invoice.Credit{Invoice: inv.ID, Reason: "Left"})
	if inv.Total > 0 && want > 0 {
		h.check(err)
		if note.Total != want {
			h.Fatalf("%d are left of invoice %s, want %d", note.Total, inv.ID, want)
		}
	}
	_, err = h.w.Invoicing.CreateCreditNote(billingtest.As, invoice.Credit{Invoice: inv.ID, Reason: "More"})
	if known, ok := fault.As(err); !ok || known.Reason != "NOTHING_LEFT" || !errors.Is(err, fault.FailedPrecondition) {
		h.Fatalf("more of invoice %s: %v", inv.ID, err)
	}
}

// Whatever happened to a line between the runs, a credit is the sum of what was billed for its
// days, and credit notes can credit exactly the rest of each item.
func TestCreditsNeverExceedWhatWasBilled(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		last := catalogue.BillToID(100)
		rapid.Check(t, func(r *rapid.T) {
			last++
			h := &history{T: r, w: w, billTo: last, least: rapid.SampledFrom([]int64{0, -50_000}).Draw(r, "least")}
			h.open()
			asOf := billingtest.Day("2026-01-15")
			for range rapid.IntRange(1, 4).Draw(r, "runs") {
				h.run(asOf)
				asOf = h.day(asOf, 90)
				h.change(rapid.SampledFrom(h.Lines).Draw(r, "changed"))
			}
			billed, credited := h.invoices(), map[line.ID]billing.Span{}
			credits := map[line.ID]int64{}
			for _, id := range h.Lines {
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
			h.checkPayers(billed, credited)
			if rapid.Bool().Draw(r, "on an invoice") {
				h.run(asOf)
			}
			for i := range billed {
				h.creditRemainder(&billed[i], items[billed[i].ID])
			}
		})
	})
}
