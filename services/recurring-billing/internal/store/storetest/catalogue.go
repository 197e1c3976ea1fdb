package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

var catalogueChecks = []check{
	{"updates of the catalogue replace it and its version", updatesCatalogue},
	{"what nothing refers to is deleted", deletesCatalogue},
	{"codes are found in any spelling", findsCodes},
	{"the lines of a master account move to another bill-to", movesLines},
}

func updatesCatalogue(t tenant) {
	t.write(stock)
	later := kept.Add(time.Hour)
	revision := mutation.Revision{Version: 1, Created: kept, Updated: kept}
	item := catalogue.Item{ID: 1, Code: "RMR-MON", Description: "Other", DefaultCost: dollars("1.00"), Revision: revision}
	billTo := catalogue.BillTo{ID: 1, Customer: 7, DisplayName: "Bob", Revision: revision, Address: catalogue.Address{
		Company: "Bob & Sons", Lines: [3]string{"1 \"High\" Street"}, City: "Łódź", State: "S", PostalCode: "1", Country: "PL", Email: "b@b.example",
	}, Details: catalogue.BillToDetails{
		Phone: "1", OtherPhone: "2", Fax: "3", County: "Łódź", Branch: "EAST", Commercial: catalogue.No, EmailInvoices: catalogue.Yes,
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

func findsCodes(t tenant) {
	t.write(stock)
	t.read(func(ctx context.Context, r Reader) (failed error) {
		for _, code := range []string{"RMR-MON", "rmr-mon", "Rmr-Mon  "} {
			item, err := r.FindItem(ctx, catalogue.ItemCode(code))
			equal(t, "item "+code, "RMR-MON", item.Code)
			failed = errors.Join(failed, err)
		}
		account, err := r.FindMasterAccount(ctx, "master-1 ")
		equal(t, "master account", "MASTER-1", account.Code)
		_, blank := r.FindItem(ctx, " RMR-MON")
		_, none := r.FindMasterAccount(ctx, "")
		if !errors.Is(blank, mutation.ErrNotFound) || !errors.Is(none, mutation.ErrNotFound) {
			t.Errorf("got errors %v and %v, want ErrNotFound", blank, none)
		}
		return errors.Join(failed, err)
	})
}

func deletesCatalogue(t tenant) {
	t.billed(anInvoice(1, t.lines(2)[0]))
	item, billTo := catalogue.Item{Code: "UNUSED"}, catalogue.BillTo{Customer: 7, Inactive: true}
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateItem(ctx, &item), w.CreateBillTo(ctx, &billTo))
	})
	master := catalogue.MasterAccount{Code: "UNUSED", Customer: 7, BillTo: billTo.ID}
	t.write(func(ctx context.Context, w Writer) error { return w.CreateMasterAccount(ctx, &master) })
	before := len(t.feed())
	stale, staleBillTo, staleMaster := item, billTo, master
	stale.Version, staleBillTo.Version, staleMaster.Version = 2, 2, 2
	for name, remove := range map[string]func(context.Context, Writer) error{
		"item":           func(ctx context.Context, w Writer) error { return w.DeleteItem(ctx, stale) },
		"bill-to":        func(ctx context.Context, w Writer) error { return w.DeleteBillTo(ctx, staleBillTo) },
		"master account": func(ctx context.Context, w Writer) error { return w.DeleteMasterAccount(ctx, staleMaster) },
	} {
		if err := t.Write(t.Context(), t.by, at, remove); !errors.Is(err, mutation.ErrStale) {
			t.Errorf("%s: %v, want ErrStale", name, err)
		}
	}
	t.write(func(ctx context.Context, w Writer) error {
		lines, err1 := w.LinesOfItem(ctx, "RMR-MON")
		receivable, err2 := w.LinesOfMasterAccount(ctx, "UNUSED")
		used, err3 := w.UsesOfBillTo(ctx, 1)
		paying, err4 := w.UsesOfBillTo(ctx, billTo.ID)
		equal(t, "lines of the item", int64(2), lines)
		equal(t, "lines of the master account", int64(0), receivable)
		if used.Lines == 0 || used.Invoices != 1 {
			t.Errorf("uses of a bill-to: got %+v", used)
		}
		equal(t, "uses of the other bill-to", catalogue.BillToUses{MasterAccounts: 1}, paying)
		return errors.Join(err1, err2, err3, err4, w.DeleteMasterAccount(ctx, master), w.DeleteBillTo(ctx, billTo), w.DeleteItem(ctx, item))
	})
	t.read(func(ctx context.Context, r Reader) error {
		_, noItem := r.Item(ctx, "UNUSED")
		_, noBillTo := r.BillTo(ctx, billTo.ID)
		_, noMaster := r.MasterAccount(ctx, "UNUSED")
		for _, err := range []error{noItem, noBillTo, noMaster} {
			if !errors.Is(err, mutation.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
		}
		return nil
	})
	equal(t, "feed", []string{"DELETED masterAccounts/UNUSED", fmt.Sprint("DELETED billTos/", billTo.ID), "DELETED items/UNUSED"}, t.published(before))
}
