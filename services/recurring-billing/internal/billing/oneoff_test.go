package billing_test

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// Charges stand after lines and before credits, by date and number, also where nothing else is due.
func TestOneOffsStandBetweenLinesAndCredits(t *testing.T) {
	one := func(number, billTo int32, currency, day string, amount int64) billing.OneOff {
		return billing.OneOff{Number: number, BillTo: billTo, Currency: currency, Date: parse(t, day), Amount: amount, Item: "SERVICE", Description: "Visit", Memo: "Door"}
	}
	broken := one(9, 3, "USD", "2026-01-01", 1)
	broken.Err = errors.New("odd")
	invoices, problems := billing.Bill(billing.Due{
		Lines:   []billing.Billable{flat(1, 1, "2026-01-01", 100), flat(2, 3, "2026-01-01", 100)},
		Credits: []billing.Grant{{Line: 7, BillTo: 1, Currency: "USD", Amount: 70, Span: billing.Span{Start: parse(t, "2026-01-01"), End: parse(t, "2026-02-01")}}},
		OneOffs: []billing.OneOff{
			one(3, 1, "USD", "2026-01-09", -500), one(2, 1, "USD", "2026-01-09", 1), one(4, 1, "USD", "2026-01-08", 2), one(5, 1, "EUR", "2026-01-08", 3), one(6, 2, "USD", "2026-01-08", 4), broken,
		},
	}, parse(t, "2026-01-10"))
	var got [][]int64
	for _, invoice := range invoices {
		row := []int64{int64(invoice.BillTo), invoice.Total}
		for _, item := range invoice.Items {
			row = append(row, int64(item.OneOff), item.Amount)
		}
		got = append(got, row)
	}
	want := [][]int64{{1, 3, 5, 3}, {1, -467, 0, 100, 4, 2, 2, 1, 3, -500, 0, -70}, {2, 4, 6, 4}}
	if diff := gocmp.Diff(want, got); diff != "" || len(problems) != 1 || problems[0].BillTo != 3 || problems[0].Err.Error() != "charge 9: odd" {
		t.Fatalf("problems %v, invoices (-want +got):\n%s", problems, diff)
	}
	item := billing.InvoiceItem{
		OneOff: 6, Code: "SERVICE", Description: "Visit", Memo: "Door", Amount: 4, Period: billing.Span{Start: parse(t, "2026-01-08"), End: parse(t, "2026-01-09")},
	}
	if diff := gocmp.Diff(item, invoices[2].Items[0], gocmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
}

// drawOneOffs draws one-off charges and credits that are due as of a date.
func drawOneOffs(t *rapid.T, asOf date.Date) []billing.OneOff {
	oneOffs := make([]billing.OneOff, rapid.IntRange(0, 5).Draw(t, "charges"))
	for i := range oneOffs {
		oneOffs[i] = billing.OneOff{
			Number: int32(i + 1), BillTo: rapid.Int32Range(0, 4).Draw(t, "charged bill-to"), Currency: rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "charged currency"),
			Date: asOf.AddDays(-rapid.IntRange(0, 9).Draw(t, "days ago")), Amount: rapid.Int64Range(-100_000, 100_000).Draw(t, "charged"),
		}
	}
	return oneOffs
}

// Charges change nothing of what lines and credits come to, and each is billed once to its account.
func TestOneOffsAreAddedToInvoices(t *testing.T) {
	type account struct {
		billTo   int32
		currency string
	}
	rapid.Check(t, func(t *rapid.T) {
		lines, credits, asOf := drawLines(t), drawCredits(t), date.MustNew(2021, 1, 1)
		oneOffs := drawOneOffs(t, asOf)
		totals := func(due billing.Due, sign int64, into map[account]int64) {
			invoices, problems := billing.Bill(due, asOf)
			if len(problems) > 0 {
				t.Fatalf("problems %v", problems)
			}
			for _, invoice := range invoices {
				into[account{invoice.BillTo, invoice.Currency}] += sign * invoice.Total
			}
		}
		left := map[account]int64{}
		totals(billing.Due{Lines: append([]billing.Billable(nil), lines...), Credits: append([]billing.Grant(nil), credits...), OneOffs: append([]billing.OneOff(nil), oneOffs...)}, 1, left)
		totals(billing.Due{Lines: lines, Credits: credits}, -1, left)
		for _, one := range oneOffs {
			left[account{one.BillTo, one.Currency}] -= one.Amount
		}
		for of, amount := range left {
			if amount != 0 {
				t.Errorf("bill-to %d is charged %d too much in %s", of.billTo, amount, of.currency)
			}
		}
	})
}
