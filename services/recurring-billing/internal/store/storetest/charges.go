package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var chargeChecks = []check{
	{"charges are created, changed and deleted", keepsCharges},
	{"charges are due from their date on", readsDueCharges},
	{"a charge is billed once, and released", billsCharges},
}

func aCharge() charge.Charge {
	return charge.Charge{
		BillTo: 1, Item: "RMR-MON", Description: "Siren 🔔", Memo: "two\nlines", Date: may.Start, Amount: dollars("-99999999999.10"), Invoice: "7-1-USD",
	}
}

// charges creates charges of 10.00 dollars: two of bill-to 1, the second due a day later, and one of
// bill-to 9.
func (t tenant) charges() []charge.Charge {
	t.Helper()
	all := make([]charge.Charge, 3)
	t.write(func(ctx context.Context, w Writer) (err error) {
		for i := range all {
			all[i] = charge.Charge{BillTo: 1, Item: "RMR-MON", Description: "Siren", Date: may.Start.AddDays(i % 2), Amount: dollars("10.00")}
			if i == 2 {
				all[i].BillTo = 9
			}
			err = errors.Join(err, w.CreateCharge(ctx, &all[i]))
		}
		return err
	})
	return all
}

func keepsCharges(t tenant) {
	t.write(stock)
	before, c := len(t.feed()), aCharge()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateCharge(ctx, &c) })
	if c.ID != 1 || c.Revision != first {
		t.Errorf("created charge %d at %+v", c.ID, c.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, c)(r.Charge(ctx, 1)) })
	again := c
	t.refuse("a number in use", mutation.ErrTaken, func(ctx context.Context, w Writer) error { return w.CreateCharge(ctx, &again) })
	stale := c
	c.BillTo, c.Description, c.Memo, c.Date, c.Amount, c.Invoice = 1, "x", "", may.End, dollars("0.01"), ""
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateCharge(ctx, &c) })
	t.stale("an update of an old version", func(ctx context.Context, w Writer) error {
		old := stale
		return w.UpdateCharge(ctx, &old)
	})
	t.stale("a removal of an old version", func(ctx context.Context, w Writer) error { return w.DeleteCharge(ctx, stale) })
	t.read(func(ctx context.Context, r Reader) error {
		query := listing.Numbered("name", charge.ID(0), 10)
		query.Where = listing.All(listing.Is("bill_to", 1), listing.Is("item", "RMR-MON"), listing.Not{Condition: listing.Present{Field: "invoice"}})
		return errors.Join(same(t, c)(r.Charge(ctx, 1)), same(t, []charge.Charge{c})(r.Charges(ctx, query)))
	})
	t.write(func(ctx context.Context, w Writer) error {
		items, err := w.ChargesOfItem(ctx, "RMR-MON")
		uses, billToErr := w.UsesOfBillTo(ctx, 1)
		equal(t, "charges of the item", 1, items)
		equal(t, "charges of the bill-to", 1, uses.Charges)
		return errors.Join(err, billToErr, w.DeleteCharge(ctx, c))
	})
	equal(t, "feed", []string{"CREATED charges/1", "UPDATED charges/1", "DELETED charges/1"}, t.published(before))
	t.read(func(ctx context.Context, r Reader) error {
		missing[charge.Charge](t, "a deleted charge")(r.Charge(ctx, 1))
		return nil
	})
	for name, of := range map[string]charge.Charge{"item": {BillTo: 1, Item: "NONE"}, "bill-to": {BillTo: 4711, Item: "RMR-MON"}} {
		of.Date, of.Amount = may.Start, dollars("1.00")
		t.refuse("a charge of an unknown "+name, nil, func(ctx context.Context, w Writer) error { return w.CreateCharge(ctx, &of) })
	}
}

func readsDueCharges(t tenant) {
	t.lines(1)
	t.charges()
	due := func(in run.Range, days int, filter run.Filter) (ids []int32) {
		t.read(func(ctx context.Context, r Reader) error {
			found, err := r.DueCharges(ctx, in, may.Start.AddDays(days), filter)
			for _, one := range found {
				ids = append(ids, one.Number)
			}
			return err
		})
		slices.Sort(ids)
		return ids
	}
	equal(t, "the day before", nil, due(run.Everyone, -1, run.Filter{}))
	equal(t, "on the day", []int32{1, 3}, due(run.Everyone, 0, run.Filter{}))
	equal(t, "of a range", []int32{1, 2}, due(run.Range{Upto: 8}, 1, run.Filter{}))
	for name, c := range map[string]struct {
		filter run.Filter
		want   []int32
	}{
		"by cycle":          {run.Filter{Cycles: []line.BillCycle{line.Monthly}}, nil},
		"by master account": {run.Filter{Masters: []catalogue.MasterAccountCode{"MASTER-1"}}, nil},
		"by item":           {run.Filter{Items: []catalogue.ItemCode{"RMR-MON"}}, []int32{1, 2, 3}},
		"by another item":   {run.Filter{Items: []catalogue.ItemCode{"OTHER"}}, nil},
		"by bill-to":        {run.Filter{BillTos: []catalogue.BillToID{9}}, []int32{3}},
	} {
		equal(t, name, c.want, due(run.Everyone, 1, c.filter))
	}
	t.read(func(ctx context.Context, r Reader) error {
		found, err := r.DueCharges(ctx, run.Range{After: 8, Upto: 9}, may.Start, run.Filter{})
		equal(t, "a due charge", []billing.OneOff{{
			Number: 3, Version: 1, BillTo: 9, Currency: "USD", Date: may.Start, Amount: 1000, Item: "RMR-MON", Description: "Siren",
		}}, found)
		return err
	})
}

// withCharges returns an invoice that bills charges.
func withCharges(bill invoice.Invoice, charges ...charge.Charge) invoice.Invoice {
	for _, c := range charges {
		bill.Items = append(bill.Items, billing.InvoiceItem{
			OneOff: int32(c.ID), Code: "RMR-MON", Description: "Siren", Period: billing.Span{Start: c.Date, End: c.Date.AddDays(1)}, Amount: 1000,
		})
		bill.OneOffs = append(bill.OneOffs, billing.OneOff{Number: int32(c.ID), Version: c.Version})
		bill.Total += 1000
	}
	return bill
}

func billsCharges(t tenant) {
	lines := t.lines(4)
	charges := t.charges()
	before := len(t.feed())
	draft := t.billed(withCharges(aDraft(1, lines[0]), charges[0], charges[1]))[0]
	t.stale("a charge twice", func(ctx context.Context, w Writer) error {
		return w.BillCharges(ctx, []invoice.Invoice{withCharges(aDraft(2, lines[1]), charges[2], charges[0])})
	})
	missing := charges[2]
	missing.ID = 4711
	t.stale("a missing charge", func(ctx context.Context, w Writer) error {
		return w.BillCharges(ctx, []invoice.Invoice{withCharges(aDraft(2, lines[1]), missing)})
	})
	states := func() (billed []string) {
		t.write(func(ctx context.Context, w Writer) error {
			found, err := w.ChargesOf(ctx, []charge.ID{1, 2, 3, 4711})
			slices.SortFunc(found, func(a, b charge.Charge) int { return cmp.Compare(a.ID, b.ID) })
			for _, c := range found {
				billed = append(billed, c.Invoice)
			}
			return err
		})
		return billed
	}
	equal(t, "billed", []string{string(draft.ID), string(draft.ID), ""}, states())
	equal(t, "feed", []string{"UPDATED charges/1", "UPDATED charges/2", "CREATED invoices/1-1-USD"}, t.published(before))
	t.read(func(ctx context.Context, r Reader) error {
		return same(t, draft.Items)(itemsOf(r.Invoice(ctx, draft.ID)))
	})
	t.write(func(ctx context.Context, w Writer) error {
		return w.ReleaseCharges(ctx, "another", draft.BilledCharges())
	})
	equal(t, "of another invoice", []string{string(draft.ID), string(draft.ID), ""}, states())
	t.write(func(ctx context.Context, w Writer) error { return w.ReleaseCharges(ctx, draft.ID, []charge.ID{1}) })
	equal(t, "released", []string{"", string(draft.ID), ""}, states())
	t.write(func(ctx context.Context, w Writer) error {
		return w.DeleteDrafts(ctx, []invoice.Invoice{draft}, []line.ID{lines[0].ID}, nil)
	})
	equal(t, "discarded", []string{"", "", ""}, states())
}

func itemsOf(inv invoice.Invoice, err error) ([]billing.InvoiceItem, error) { return inv.Items, err }
