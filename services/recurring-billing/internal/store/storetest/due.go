package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var dueChecks = []check{
	{"the lines of each bill-to are counted", countsLines},
	{"lines are due from their bill-to, or their master account's", readsDue},
	{"lines are due as of a date, until they end", dueAsOf},
	{"paused lines and lines in arrears are due as such", readsPauses},
	{"credits are granted to the lines of a filter", grantsCredits},
	{"bill-tos have customers, items have descriptions", readsNames},
}

// masterLine adds a monthly line on bill-to 9 that is receivable to a master account of bill-to 1.
func (t tenant) masterLine() line.Line {
	t.Helper()
	l := plainLine()
	l.BillTo, l.MasterAccount, l.BillCycle, l.Item = 9, "MASTER-1", line.Monthly, "OTHER"
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateItem(ctx, &catalogue.Item{Code: "OTHER", Description: "Other 🔔"}), w.CreateLine(ctx, &l))
	})
	return l
}

func countsLines(t tenant) {
	t.lines(3)
	t.masterLine()
	type counts = map[catalogue.BillToID]int
	counted := func(filter run.Filter) (order []catalogue.BillToID, found counts) {
		found = counts{}
		t.read(func(ctx context.Context, r Reader) error {
			return r.CountLines(ctx, filter, func(billTo catalogue.BillToID, lines int) {
				order, found[billTo] = append(order, billTo), lines
			})
		})
		return order, found
	}
	order, found := counted(run.Filter{})
	equal(t, "order", []catalogue.BillToID{1, 9}, order)
	equal(t, "lines", counts{1: 3, 9: 2}, found)
	order, _ = counted(run.Filter{BillTos: []catalogue.BillToID{9}})
	equal(t, "one bill-to", []catalogue.BillToID{9}, order)

	// Bill-tos of master accounts that have no lines of their own.
	for _, id := range []catalogue.BillToID{12, 5, 13} {
		billTo := catalogue.BillTo{ID: id, Customer: 7, DisplayName: "Owner"}
		master := catalogue.MasterAccount{Code: catalogue.MasterAccountCode(fmt.Sprint("OWNER-", id)), Customer: 7, BillTo: id}
		l := plainLine()
		l.BillTo, l.MasterAccount = 9, master.Code
		t.write(func(ctx context.Context, w Writer) error {
			return errors.Join(w.CreateBillTo(ctx, &billTo), w.CreateMasterAccount(ctx, &master), w.CreateLine(ctx, &l))
		})
	}
	order, found = counted(run.Filter{})
	equal(t, "order", []catalogue.BillToID{1, 5, 9, 12, 13}, order)
	equal(t, "lines", counts{1: 3, 5: 1, 9: 5, 12: 1, 13: 1}, found)
}

// due returns the numbers of the due lines.
func (t tenant) due(in run.Range, asOf date.Date, filter run.Filter) (ids []int32) {
	t.Helper()
	t.read(func(ctx context.Context, r Reader) error {
		due, err := r.DueLines(ctx, in, asOf, filter)
		for _, l := range due {
			ids = append(ids, l.ID)
		}
		return err
	})
	slices.Sort(ids)
	return ids
}

func readsDue(t tenant) {
	lines := t.lines(3)
	ofMaster := t.masterLine()
	rates := []billing.Price{
		{From: lines[0].Start, Effective: lines[0].Start, Monthly: 9_999_999_999_910},
		{From: may.Start, Effective: lines[0].Rates[1].Effective, Monthly: 500}, // it counts from the days that are not billed
	}
	own := billing.Billable{
		ID: int32(lines[2].ID), BillTo: 9, Currency: "USD", Item: "RMR-MON", Description: "Alarm", Start: lines[2].Start,
		BillDay: 31, Months: 3, Unbilled: may.Start, Rates: rates, Version: 1,
	}
	masters := own
	masters.ID, masters.BillTo, masters.Item, masters.Months = int32(ofMaster.ID), 1, "OTHER", 1
	t.read(func(ctx context.Context, r Reader) error {
		first, err := r.DueLines(ctx, run.Range{After: 0, Upto: 1}, may.Start, run.Filter{})
		slices.SortFunc(first, func(a, b billing.Billable) int { return cmp.Compare(a.ID, b.ID) })
		if len(first) != 3 {
			t.Fatalf("due from bill-to 1: %+v", first)
		}
		equal(t, "a line of a master account", masters, first[2])
		return errors.Join(err, same(t, []billing.Billable{own})(r.DueLines(ctx, run.Range{After: 1, Upto: 9}, may.Start, run.Filter{})))
	})
	for name, c := range map[string]struct {
		filter run.Filter
		want   []int32
	}{
		"by cycle":          {run.Filter{Cycles: []line.BillCycle{line.Monthly, line.Annual}}, []int32{4}},
		"by item":           {run.Filter{Items: []catalogue.ItemCode{"RMR-MON"}}, []int32{1, 2, 3}},
		"by master account": {run.Filter{Masters: []catalogue.MasterAccountCode{"MASTER-1"}}, []int32{4}},
		"by bill-to":        {run.Filter{BillTos: []catalogue.BillToID{9}}, []int32{3}},
		"by all of them":    {run.Filter{Cycles: []line.BillCycle{line.Monthly}, Items: []catalogue.ItemCode{"RMR-MON"}}, nil},
	} {
		equal(t, name, c.want, t.due(run.Everyone, may.Start, c.filter))
	}
	equal(t, "another tenant's", nil, t.other().due(run.Everyone, may.Start, run.Filter{}))
}

func readsPauses(t tenant) {
	t.lines(1)
	paused := plainLine()
	paused.Timing, paused.Pauses = line.InArrears, aLine().Pauses
	t.write(func(ctx context.Context, w Writer) error { return w.CreateLine(ctx, &paused) })
	t.read(func(ctx context.Context, r Reader) error {
		due, err := r.DueLines(ctx, run.Everyone, may.Start, run.Filter{})
		slices.SortFunc(due, func(a, b billing.Billable) int { return cmp.Compare(a.ID, b.ID) })
		if err != nil || len(due) != 2 || due[0].InArrears || due[0].Paused != nil || !due[1].InArrears {
			t.Fatalf("due: %+v, error %v", due, err)
		}
		equal(t, "paused days", line.PausedDays(paused.Pauses), due[1].Paused)
		held, err := r.Line(ctx, paused.ID)
		equal(t, "the line", paused, held)
		return err
	})
}

func dueAsOf(t tenant) {
	t.lines(3)
	ended, far := plainLine(), plainLine()
	ended.End, far.ID = ended.NextCycle, 1000
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateLine(ctx, &ended), w.CreateLine(ctx, &far))
	})
	equal(t, "the day before", nil, t.due(run.Everyone, may.Start.AddDays(-1), run.Filter{}))
	equal(t, "the day", []int32{1, 2, 3, 1000}, t.due(run.Everyone, may.Start, run.Filter{}))
	t.write(func(ctx context.Context, w Writer) error {
		l, err := w.Line(ctx, 1)
		if err != nil {
			return err
		}
		return billLines(ctx, w, anInvoice(1, l))
	})
	equal(t, "after one was billed", []int32{2, 3, 1000}, t.due(run.Everyone, may.Start, run.Filter{}))
	equal(t, "when it is due again", []int32{1, 2, 3, 1000}, t.due(run.Everyone, august.Start, run.Filter{}))
}

func grantsCredits(t tenant) {
	lines := t.lines(3)
	ofMaster := t.masterLine()
	paid := aCredit(ofMaster)
	paid.BillTo = 1 // paid for the days, but is not the line's bill-to now
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateCredit(ctx, lines[2].ID, aCredit(lines[2])), w.CreateCredit(ctx, ofMaster.ID, paid))
	})
	own := billing.Grant{
		Line: int32(lines[2].ID), Number: 1, Span: march, BillTo: 9, Currency: "USD", Amount: 100, Item: "RMR-MON", Description: "Alarm",
		CreditReason: billing.CreditReason{Reason: "MOVED"},
	}
	masters := own
	masters.Line, masters.BillTo, masters.Item = int32(ofMaster.ID), 1, "OTHER"
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []billing.Grant{own})(r.Credits(ctx, run.Range{After: 1, Upto: 9}, run.Filter{})),
			same(t, []billing.Grant{masters})(r.Credits(ctx, run.Range{After: 0, Upto: 1}, run.Filter{})),
			same(t, []billing.Grant{masters})(r.Credits(ctx, run.Everyone, run.Filter{Items: []catalogue.ItemCode{"OTHER"}})),
			same(t, []billing.Grant{own})(r.Credits(ctx, run.Everyone, run.Filter{BillTos: []catalogue.BillToID{9}})))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return same(t, []billing.Grant{})(r.Credits(ctx, run.Everyone, run.Filter{}))
	})
}

func readsNames(t tenant) {
	t.lines(1)
	type customers = map[catalogue.BillToID]catalogue.CustomerID
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, customers{1: 7, 9: 8})(r.Customers(ctx, run.Everyone)),
			same(t, customers{9: 8})(r.Customers(ctx, run.Range{After: 1, Upto: 9})),
			same(t, map[string]string{"RMR-MON": "Überwachung 🔔"})(r.Descriptions(ctx, []string{"NONE", "RMR-MON"})),
			same(t, map[string]string{})(r.Descriptions(ctx, nil)))
	})
	t.other().read(func(ctx context.Context, r Reader) error { return same(t, customers{})(r.Customers(ctx, run.Everyone)) })
}
