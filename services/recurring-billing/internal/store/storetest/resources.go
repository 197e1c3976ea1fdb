package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

var resourceChecks = []check{
	{"created resources are read back completely", readsBack},
	{"missing resources are not found", notFound},
	{"numbers follow the highest", numbersFollow},
	{"numbers and codes in use are rejected", taken},
	{"lists are in the order of numbers, page by page", lists},
	{"references to missing resources are rejected", references},
}

func readsBack(t tenant) {
	item, plainItem := anItem(), catalogue.Item{Code: "PLAIN", Description: "Plain"}
	billTo := catalogue.BillTo{Customer: 7, DisplayName: "Ann"}
	master := catalogue.MasterAccount{Code: "MASTER-1", Description: "All", Customer: 7, BillTo: 1, Inactive: true}
	line, plain := aLine(), plainLine()
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateItem(ctx, &item), w.CreateItem(ctx, &plainItem), w.CreateBillTo(ctx, &billTo),
			w.CreateMasterAccount(ctx, &master), w.CreateLine(ctx, &line), w.CreateLine(ctx, &plain))
	})
	first := mutation.Revision{Version: 1, Created: kept, Updated: kept}
	if line.ID != 1 || plain.ID != 2 || line.Revision != first {
		t.Errorf("created lines %d and %d at %+v", line.ID, plain.ID, line.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, item)(r.Item(ctx, "RMR-MON")), same(t, plainItem)(r.Item(ctx, "PLAIN")), same(t, billTo)(r.BillTo(ctx, 1)),
			same(t, master)(r.MasterAccount(ctx, "MASTER-1")), same(t, line)(r.Line(ctx, 1)), same(t, plain)(r.Line(ctx, 2)))
	})
}

func notFound(t tenant) {
	t.read(func(ctx context.Context, r Reader) error {
		_, item := r.Item(ctx, "NONE")
		_, billTo := r.BillTo(ctx, 1)
		_, master := r.MasterAccount(ctx, "NONE")
		_, line := r.Line(ctx, 1)
		for _, err := range []error{item, billTo, master, line} {
			if !errors.Is(err, mutation.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
		}
		lines, err := r.Lines(ctx, listing.Numbered("name", int64(0), 10))
		if len(lines) != 0 {
			t.Errorf("an empty list holds %v", lines)
		}
		return err
	})
	missing := aLine()
	missing.ID, missing.Version = 1, 1
	err := t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &missing) })
	if !errors.Is(err, mutation.ErrStale) {
		t.Errorf("updating a line that does not exist: %v, want ErrStale", err)
	}
}

func numbersFollow(t tenant) {
	t.write(stock)
	for _, step := range []struct{ given, want line.ID }{{0, 1}, {0, 2}, {1000, 1000}, {0, 1001}, {500, 500}, {0, 1002}} {
		l := aLine()
		l.ID = step.given
		t.write(func(ctx context.Context, w Writer) error {
			l.ID = step.given
			return w.CreateLine(ctx, &l)
		})
		if l.ID != step.want {
			t.Errorf("given %d: number %d, want %d", step.given, l.ID, step.want)
		}
	}
	// A number near the last one is kept, and leaves the others to those that follow.
	last, next, highest := aLine(), aLine(), aLine()
	last.ID, highest.ID = math.MaxInt32, 2_000_000_000
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateLine(ctx, &last), w.CreateLine(ctx, &next), w.CreateLine(ctx, &highest))
	})
	if last.ID != math.MaxInt32 || next.ID != 1003 {
		t.Errorf("lines %d and %d, want %d and 1003", last.ID, next.ID, math.MaxInt32)
	}
	t.write(func(ctx context.Context, w Writer) error {
		l := aLine()
		err := w.CreateLine(ctx, &l)
		if l.ID != highest.ID+1 {
			t.Errorf("after %d: number %d", highest.ID, l.ID)
		}
		return err
	})
}

func taken(t tenant) {
	t.write(stock)
	t.write(func(ctx context.Context, w Writer) error {
		line := aLine()
		return w.CreateLine(ctx, &line)
	})
	for name, create := range map[string]func(context.Context, Writer) error{
		"item code": func(ctx context.Context, w Writer) error { i := anItem(); return w.CreateItem(ctx, &i) },
		"item code in another spelling": func(ctx context.Context, w Writer) error {
			return w.CreateItem(ctx, &catalogue.Item{Code: "rmr-mon"})
		},
		"master account code in another spelling": func(ctx context.Context, w Writer) error {
			return w.CreateMasterAccount(ctx, &catalogue.MasterAccount{Code: "Master-1", BillTo: 1})
		},
		"item number": func(ctx context.Context, w Writer) error {
			return w.CreateItem(ctx, &catalogue.Item{ID: 1, Code: "OTHER"})
		},
		"bill-to number": func(ctx context.Context, w Writer) error { return w.CreateBillTo(ctx, &catalogue.BillTo{ID: 1}) },
		"master account code": func(ctx context.Context, w Writer) error {
			return w.CreateMasterAccount(ctx, &catalogue.MasterAccount{Code: "MASTER-1", BillTo: 1})
		},
		"master account number": func(ctx context.Context, w Writer) error {
			return w.CreateMasterAccount(ctx, &catalogue.MasterAccount{ID: 1, Code: "OTHER", BillTo: 1})
		},
		"line number": func(ctx context.Context, w Writer) error {
			line := aLine()
			line.ID = 1
			return w.CreateLine(ctx, &line)
		},
	} {
		if err := t.Write(t.Context(), t.by, at, create); !errors.Is(err, mutation.ErrTaken) {
			t.Errorf("%s: %v, want ErrTaken", name, err)
		}
	}
}

func lists(t tenant) {
	t.write(func(ctx context.Context, w Writer) error {
		err := stock(ctx, w)
		for _, id := range []int32{30, 9, 100, 10, 2} {
			one := aLine()
			one.ID = line.ID(id)
			item := catalogue.Item{ID: catalogue.ItemID(id), Code: catalogue.ItemCode(fmt.Sprint("X", id))}
			billTo := catalogue.BillTo{ID: catalogue.BillToID(id)}
			master := catalogue.MasterAccount{ID: catalogue.MasterAccountID(id), Code: catalogue.MasterAccountCode(fmt.Sprint("X", id)), BillTo: 1}
			err = errors.Join(err, w.CreateLine(ctx, &one), w.CreateItem(ctx, &item), w.CreateBillTo(ctx, &billTo), w.CreateMasterAccount(ctx, &master))
		}
		return err
	})
	t.read(func(ctx context.Context, r Reader) error {
		lines, err := r.Lines(ctx, listing.Numbered("name", int64(2), 3))
		wantIDs(t, lines, func(l line.Line) int32 { return int32(l.ID) }, 9, 10, 30)
		ours := listing.All(listing.Is("customer_id", aLine().Customer), listing.Is("bill_to", aLine().BillTo))
		query := listing.Numbered("name", line.ID(2), 3)
		query.Where = listing.All(ours, listing.Is("item", "NONE"))
		none, noneErr := r.Lines(ctx, query)
		if len(none) != 0 {
			t.Errorf("a filter that no line passes lists %v", none)
		}
		query.Where = listing.All(ours, listing.Is("item", aLine().Item), listing.Is("open", true),
			listing.Compare{Field: "next_cycle_date", Op: listing.LessEqual, Value: aLine().NextCycle.String()})
		owed, owedErr := r.Lines(ctx, query)
		wantIDs(t, owed, func(l line.Line) int32 { return int32(l.ID) }, 9, 10, 30)
		items, itemErr := r.Items(ctx, listing.Numbered("number", int64(2), 3))
		wantIDs(t, items, func(i catalogue.Item) int32 { return int32(i.ID) }, 9, 10, 30)
		billTos, billToErr := r.BillTos(ctx, listing.Numbered("name", int64(30), 3))
		wantIDs(t, billTos, func(b catalogue.BillTo) int32 { return int32(b.ID) }, 100)
		masters, masterErr := r.MasterAccounts(ctx, listing.Numbered("number", int64(0), 2))
		wantIDs(t, masters, func(m catalogue.MasterAccount) int32 { return int32(m.ID) }, 1, 2)
		return errors.Join(err, noneErr, owedErr, itemErr, billToErr, masterErr)
	})
}

func references(t tenant) {
	t.write(stock)
	for name, set := range map[string]func(*line.Line){
		"item":           func(l *line.Line) { l.Item = "NONE" },
		"master item":    func(l *line.Line) { l.MasterItem = "NONE" },
		"master account": func(l *line.Line) { l.MasterAccount = "NONE" },
		"bill-to":        func(l *line.Line) { l.BillTo = 4711 },
	} {
		err := t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error {
			one := aLine()
			set(&one)
			return w.CreateLine(ctx, &one)
		})
		if err == nil {
			t.Errorf("a line of an unknown %s was kept", name)
		}
	}
}
