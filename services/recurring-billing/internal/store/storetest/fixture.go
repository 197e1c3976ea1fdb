package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// at has more precision than a store keeps.
var at = time.Date(2026, time.March, 1, 2, 3, 4, 567_891_234, time.FixedZone("east", 3600))

// kept is at with the precision of a store: UTC, microseconds.
var kept = at.UTC().Truncate(time.Microsecond)

// first is the revision of what was created at at.
var first = mutation.Revision{Version: 1, Created: kept, Updated: kept}

func dollars(text string) money.Amount {
	return money.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

func anItem() catalogue.Item {
	return catalogue.Item{
		Code: "RMR-MON", Description: "Überwachung 🔔", Taxable: true, DefaultRate: dollars("29.90"), CategoryCode: "RMR",
		NonDeferredIncome: true, SalesItem: true, ServiceItem: true, Inactive: true,
	}
}

func aLine() line.Line {
	return line.Line{
		Customer: 7, Site: 8, System: 9, BillTo: 1, Item: "RMR-MON", MasterItem: "RMR-MON", MasterAccount: "MASTER-1",
		BillCycle: line.Quarterly, Description: "Alarm", Memo: "two\nlines", Rates: []line.Rate{
			{Effective: date.MustNew(2024, time.February, 29), MonthlyAmount: dollars("99999999999.10")},
			{Effective: date.MustNew(2024, time.March, 1), AppliesFrom: date.MustNew(2024, time.May, 31), MonthlyAmount: dollars("5.00"), Reason: "PRICE  LIST 🔔",
				Note: line.Note{Comments: "{two\r\nlines}\t\u2028\\ \"🔔\"", User: "ANN  B"}},
		},
		Job: "J 1", Branch: "ÉAST",
		Start: date.MustNew(2024, time.February, 29), BillDay: 31, End: date.MustNew(2030, time.January, 1),
		Anchor:    date.MustNew(2025, time.November, 30),
		NextCycle: date.MustNew(2024, time.May, 31), LastCycle: date.MustNew(2024, time.February, 29),
		Timing: line.InArrears, Pauses: []line.Pause{
			{From: date.MustNew(2024, time.March, 1), Until: date.MustNew(2024, time.March, 9), Resumed: date.MustNew(2024, time.March, 5), Reason: "AWAY - 🔔"},
			{From: date.MustNew(2024, time.June, 1), Reason: "SEASON"},
		},
	}
}

// plainLine returns a line without optional fields.
func plainLine() line.Line {
	l := aLine()
	l.MasterItem, l.MasterAccount, l.Memo = "", "", ""
	l.Anchor, l.End, l.LastCycle = date.Date{}, date.Date{}, date.Date{}
	l.Timing, l.Pauses, l.Job, l.Branch = line.InAdvance, nil, "", ""
	return l
}

// stock creates item RMR-MON, bill-to 1 and master account MASTER-1, which lines need.
func stock(ctx context.Context, w Writer) error {
	item := anItem()
	billTo := catalogue.BillTo{Customer: 7, DisplayName: "Ann"}
	master := catalogue.MasterAccount{Code: "MASTER-1", Description: "All", Customer: 7, BillTo: 1, Inactive: true}
	return errors.Join(w.CreateItem(ctx, &item), w.CreateBillTo(ctx, &billTo), w.CreateMasterAccount(ctx, &master))
}

// lines creates n plain lines of bill-to 1 besides the stock, and bill-to 9 of customer 8. The last
// line is billed to bill-to 9.
func (t tenant) lines(n int) []line.Line {
	t.Helper()
	lines := make([]line.Line, n)
	t.write(func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 9, Customer: 8, DisplayName: "Bob"}
		err := errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second))
		for i := range lines {
			lines[i] = plainLine()
			if i == n-1 {
				lines[i].BillTo = 9
			}
			err = errors.Join(err, w.CreateLine(ctx, &lines[i]))
		}
		return err
	})
	return lines
}

func wantIDs[R any](t testing.TB, resources []R, id func(R) int32, want ...int32) {
	t.Helper()
	got := make([]int32, len(resources))
	for i, resource := range resources {
		got[i] = id(resource)
	}
	equal(t, "numbers", want, got)
}
