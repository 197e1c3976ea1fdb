package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

var catalogueChecks = []check{
	{"updates of the catalogue replace it and its version", updatesCatalogue},
	{"the lines of a master account move to another bill-to", movesLines},
}

func updatesCatalogue(t tenant) {
	t.write(stock)
	later := kept.Add(time.Hour)
	revision := mutation.Revision{Version: 1, Created: kept, Updated: kept}
	item := catalogue.Item{ID: 1, Code: "RMR-MON", Description: "Other", DefaultCost: dollars("1.00"), Revision: revision}
	billTo := catalogue.BillTo{ID: 1, Customer: 7, DisplayName: "Bob", Revision: revision, Address: catalogue.Address{
		Company: "Bob & Sons", Lines: [3]string{"1 \"High\" Street"}, City: "Łódź", State: "S", PostalCode: "1", Country: "PL", Email: "b@b.example",
	}}
	master := catalogue.MasterAccount{ID: 1, Code: "MASTER-1", Customer: 7, BillTo: 1, SubAccountsBilled: true, Revision: revision}
	update := func(i catalogue.Item, b catalogue.BillTo, m catalogue.MasterAccount) (err [3]error) {
		for n, do := range []func(context.Context, Writer) error{
			func(ctx context.Context, w Writer) error { return w.UpdateItem(ctx, &i) },
			func(ctx context.Context, w Writer) error { return w.UpdateBillTo(ctx, &b) },
			func(ctx context.Context, w Writer) error { return w.UpdateMasterAccount(ctx, &m) },
		} {
			err[n] = t.Write(t.Context(), t.by, later, do)
		}
		return err
	}
	if err := update(item, billTo, master); err != [3]error{} {
		t.Fatal(err)
	}
	for _, err := range update(item, billTo, master) {
		if !errors.Is(err, mutation.ErrStale) {
			t.Errorf("updating another version: %v, want ErrStale", err)
		}
	}
	revision.Version, revision.Updated = 2, later
	item.Revision, billTo.Revision, master.Revision = revision, revision, revision
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, item)(r.Item(ctx, "RMR-MON")), same(t, billTo)(r.BillTo(ctx, 1)),
			same(t, master)(r.MasterAccount(ctx, "MASTER-1")), same(t, master)(r.MasterAccountNumbered(ctx, 1)))
	})
	if got := len(t.feed()); got != 6 {
		t.Errorf("the feed has %d entries, want one a write", got)
	}
}

func movesLines(t tenant) {
	own, apart := plainLine(), plainLine()
	own.MasterAccount = "MASTER-1"
	t.write(func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 9, Customer: 7}
		return errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second), w.CreateLine(ctx, &own), w.CreateLine(ctx, &apart))
	})
	before := len(t.feed())
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.MoveLines(ctx, "MASTER-1", 9), w.MoveLines(ctx, "MASTER-1", 9), w.MoveLines(ctx, "NONE", 9))
	})
	own.BillTo, own.Version = 9, 2
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, own)(r.Line(ctx, own.ID)), same(t, apart)(r.Line(ctx, apart.ID)))
	})
	equal(t, "feed", []string{"UPDATED recurringLines/1"}, t.published(before))
}
