package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

func drawSpan(t *rapid.T) billing.Span {
	start := date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 800).Draw(t, "start"))
	return billing.Span{Start: start, End: start.AddDays(rapid.IntRange(1, 366).Draw(t, "days"))}
}

// drawPricing draws how a part was priced. That of a part that an older program wrote follows from
// its amount.
func drawPricing(t *rapid.T, part *billing.Charge, months int, known, byMonth bool) billing.Pricing {
	priced := billing.Pricing{Monthly: part.Amount / int64(months), Months: months, ByMonth: byMonth, BillDay: part.Period.Start.Day(), First: part.Span.Start}
	if !known {
		return priced
	}
	priced.BillDay, priced.First = rapid.IntRange(1, 31).Draw(t, "bill day"), priced.First.AddDays(-rapid.IntRange(0, 40).Draw(t, "days before"))
	if rapid.Bool().Draw(t, "dates are known") {
		priced.Rate.Effective = date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 3).Draw(t, "effective"))
		priced.Rate.From = priced.Rate.Effective.AddDays(rapid.IntRange(0, 1).Draw(t, "applies"))
	}
	if !derivable(part, months) {
		priced.Monthly = rapid.Int64Range(-1e15, 1e15).Draw(t, "monthly")
	}
	return priced
}

func TestInvoiceItemsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := map[string]int{"USD": 2, "JPY": 0, "KWD": 3, "UYW": 4}
		currency := rapid.SampledFrom([]string{"USD", "JPY", "KWD", "UYW"}).Draw(t, "currency")
		amount := rapid.Int64Range(-1e17+1, 1e17-1)
		text := rapid.String()
		items := make([]billing.InvoiceItem, rapid.IntRange(0, 4).Draw(t, "items"))
		for i := range items {
			kind := rapid.SampledFrom([]string{kindLine, kindRollUp, kindCredit}).Draw(t, "kind")
			items[i] = billing.InvoiceItem{
				Credit: kind == kindCredit, RollUp: kind == kindRollUp, Code: text.Draw(t, "code"), Description: text.Draw(t, "description"),
				Memo: text.Draw(t, "memo"), Months: rapid.SampledFrom([]int{0, 1, 3, 6, 12}).Draw(t, "months"), Period: drawSpan(t),
				Amount: amount.Draw(t, "amount"), Parts: make([]billing.Charge, rapid.IntRange(0, 3).Draw(t, "parts")),
			}
			months, known, byMonth := items[i].Months, rapid.Bool().Draw(t, "pricing is known"), rapid.Bool().Draw(t, "by month")
			for j := range items[i].Parts {
				part := billing.Charge{
					Line: rapid.Int32Range(1, 1<<31-1).Draw(t, "line"), Span: items[i].Period, Period: items[i].Period,
					Amount: amount.Draw(t, "amount"), Item: items[i].Code, Description: items[i].Description, Memo: items[i].Memo,
				}
				if rapid.Bool().Draw(t, "of its own") {
					part.Span, part.Item, part.Description, part.Memo = drawSpan(t), text.Draw(t, "item"), text.Draw(t, "called"), text.Draw(t, "note")
				}
				if months > 0 && (known || derivable(&part, months)) {
					part.Pricing = drawPricing(t, &part, months, known, known && byMonth)
				}
				items[i].Parts[j] = part
			}
		}
		document := itemWriter{texts{}, digits[currency]}.items(nil, items)
		if !json.Valid(document) {
			t.Fatalf("no JSON: %s", document)
		}
		got, err := readItems(document, currency)
		if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		if diff := cmp.Diff(items, got, cmpopts.EquateComparable(date.Date{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}
