package recurringbilling_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// The table of the README on the dates of rates is what runs bill, row by row.
func TestRateDatesOfREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "  | 28.00 a month, billed until February 28; then 56.00 from February 15 |")
	table, _, _ = strings.Cut(table, "\n\n")
	want := strings.Split(table, "\n")
	if !found || len(want) < 3 {
		t.Fatal("the README has no table on the dates of rates")
	}
	const name = "recurringLines/21"
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		var got []string
		for _, row := range []struct {
			text   string
			adjust bool
			do     func(f *fixture, february *native.Invoice)
		}{
			{"and nothing else", false, func(*fixture, *native.Invoice) {}},
			{"and February's invoice voided with `releasePeriods`", false, released(t)},
			{"the same, and the rate withdrawn", false, func(f *fixture, february *native.Invoice) {
				released(t)(f, february)
				must(f.lines.WithdrawRecurringLineRate(t.Context(), &native.WithdrawRecurringLineRateRequest{Name: name, EffectiveDate: day(2026, 2, 15)}))(t)
			}},
			{"with `adjustBilled`", true, func(*fixture, *native.Invoice) {}},
		} {
			f := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
			f.leaver(t, func(l *native.RecurringLine) { l.StartDate = day(2026, 1, 1) })
			f.invoiced(t, day(2026, 1, 1))
			february := f.invoiced(t, day(2026, 2, 1))[0]
			must(f.lines.ChangeRecurringLineRate(t.Context(), &native.ChangeRecurringLineRateRequest{
				Name: name, EffectiveDate: day(2026, 2, 15), MonthlyAmount: usd(56, 0), ReasonCode: "PRICE", AdjustBilled: row.adjust,
			}))(t)
			row.do(f, february)
			applies := "withdrawn"
			if rates := f.line(t, name).GetRates(); len(rates) == 2 {
				applies = spokenDay(rates[1].GetAppliesFrom())
			}
			got = append(got, fmt.Sprintf("  | %s | %s | %s |", row.text, applies, spokenItems(f.invoiced(t, day(2026, 3, 1)))))
		}
		if diff := gocmp.Diff(want[2:], got); diff != "" {
			t.Errorf("the README's rows (-) and what is billed (+):\n%s", diff)
		}
	})
}

// released returns a function that voids an invoice and releases its periods.
func released(t *testing.T) func(*fixture, *native.Invoice) {
	return func(f *fixture, invoice *native.Invoice) {
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "wrong", ReleasePeriods: true}))(t)
	}
}

func spokenDay(day *date.Date) string {
	return fmt.Sprint(time.Month(day.GetMonth()), " ", day.GetDay())
}

// spokenItems says what the items of invoices bill, in the order of their days, credits first.
func spokenItems(invoices []*native.Invoice) string {
	var items []*native.InvoiceItem
	for _, invoice := range invoices {
		items = append(items, invoice.GetItems()...)
	}
	first := func(item *native.InvoiceItem) *date.Date { return item.GetParts()[0].GetStartDate() }
	slices.SortStableFunc(items, func(a, b *native.InvoiceItem) int {
		return cmp.Or(strings.Compare(text(first(a)), text(first(b))), cmp.Compare(a.GetAmount().GetUnits(), b.GetAmount().GetUnits()))
	})
	texts := make([]string, len(items))
	for i, item := range items {
		from, until := first(item), item.GetParts()[len(item.GetParts())-1].GetEndDate()
		days := time.Month(from.GetMonth()).String()
		if last := time.Date(int(until.GetYear()), time.Month(until.GetMonth()), int(until.GetDay())-1, 0, 0, 0, 0, time.UTC); from.GetDay() > 1 {
			days = fmt.Sprintf("%s to %d", spokenDay(from), last.Day())
		}
		texts[i] = fmt.Sprintf("%.2f for %s", float64(cents(item.GetAmount()))/100, days)
	}
	return strings.Join(texts, ", ")
}
