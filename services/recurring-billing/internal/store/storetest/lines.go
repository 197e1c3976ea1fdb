package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

func rates(t *testing.T, store Subject, by auth.Principal) {
	l, other := aLine(), aLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l), w.CreateLine(ctx, &other))
	})
	changed := line.Rate{Effective: l.Rates[1].Effective, MonthlyAmount: dollars("6.00"), Reason: "AGAIN"}
	added := line.Rate{Effective: date.MustNew(2029, time.December, 31), MonthlyAmount: dollars("0.00"), Reason: "FREE"}
	entries := len(store.Feed(t, by.Tenant))
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(w.PutRate(ctx, l.ID, changed), w.PutRate(ctx, l.ID, added), w.DeleteRate(ctx, l.ID, l.Rates[0].Effective))
	})
	l.Rates = []line.Rate{changed, added}
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, l)(r.Line(ctx, l.ID)), same(t, other)(r.Line(ctx, other.ID)))
	})
	if got := len(store.Feed(t, by.Tenant)); got != entries {
		t.Errorf("the feed has %d entries, had %d: a rate is told with its line", got, entries)
	}
	write(t, store, by, func(ctx context.Context, w Writer) error {
		kept := l
		kept.Rates = nil
		return w.UpdateLine(ctx, &kept)
	})
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		got, err := r.Line(ctx, l.ID)
		return errors.Join(err, same(t, l.Rates)(got.Rates, nil))
	})
}

func credits(t *testing.T, store Subject, by auth.Principal) {
	l := aLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l))
	})
	credit := line.Credit{
		Line: l.ID, BillTo: l.BillTo, From: l.LastCycle, To: l.NextCycle, Amount: dollars("1.00"), Reason: "MOVED",
	}
	remove := func() error {
		return store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error { return w.DeleteCredit(ctx, l.ID) })
	}
	create := func(ctx context.Context, w Writer) error { return w.CreateCredit(ctx, credit) }
	if err := remove(); !errors.Is(err, mutation.ErrNotFound) {
		t.Errorf("deleting a credit that does not exist: %v, want ErrNotFound", err)
	}
	write(t, store, by, create)
	if err := store.Write(t.Context(), by, at, create); err == nil {
		t.Error("a line has a second credit")
	}
	if err := store.Write(t.Context(), auth.Principal{Tenant: by.Tenant + "-other"}, at, func(ctx context.Context, w Writer) error {
		return w.DeleteCredit(ctx, l.ID)
	}); !errors.Is(err, mutation.ErrNotFound) {
		t.Errorf("deleting another tenant's credit: %v, want ErrNotFound", err)
	}
	if err := remove(); err != nil {
		t.Errorf("deleting the credit: %v", err)
	}
	write(t, store, by, create)
}

func updatesCatalogue(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, stock)
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
			err[n] = store.Write(t.Context(), by, later, do)
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
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, item)(r.Item(ctx, "RMR-MON")), same(t, billTo)(r.BillTo(ctx, 1)),
			same(t, master)(r.MasterAccount(ctx, "MASTER-1")), same(t, master)(r.MasterAccountNumbered(ctx, 1)))
	})
	if got := len(store.Feed(t, by.Tenant)); got != 6 {
		t.Errorf("the feed has %d entries, want one a write", got)
	}
}

func findsLines(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 9, Customer: 7}
		err := errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second))
		for _, customer := range []catalogue.CustomerID{7, 8, 7, 7} {
			one := plainLine()
			one.Customer = customer
			if customer == 8 {
				one.MasterAccount = "MASTER-1"
			}
			err = errors.Join(err, w.CreateLine(ctx, &one))
		}
		return err
	})
	number := func(l line.Line) int32 { return int32(l.ID) }
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		of := func(where listing.Condition, after line.ID) ([]line.Line, error) {
			query := listing.Numbered("name", after, 2)
			query.Where = where
			return r.Lines(ctx, query)
		}
		first, err := of(listing.Is("customer_id", 7), 0)
		wantIDs(t, first, number, 1, 3)
		rest, restErr := of(listing.Is("customer_id", 7), 3)
		wantIDs(t, rest, number, 4)
		masters, masterErr := of(listing.Is("master_account", "MASTER-1"), 0)
		wantIDs(t, masters, number, 2)
		billTo, billToErr := r.BillToOf(ctx, 7)
		if billTo.ID != 1 {
			t.Errorf("the customer's first bill-to is %d, want 1", billTo.ID)
		}
		if _, err := r.BillToOf(ctx, 4711); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("the bill-to of nobody: %v, want ErrNotFound", err)
		}
		if _, err := r.MasterAccountNumbered(ctx, 4711); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("an unknown master account: %v, want ErrNotFound", err)
		}
		return errors.Join(err, restErr, masterErr, billToErr)
	})
}
