// Package storetest is what every store of recurring billing has to do, whatever its engine.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Reader and Writer are what the suite asks of a store.
type (
	Reader interface {
		catalogue.Reader
		line.Reader
	}
	Writer interface {
		Reader
		catalogue.Writer
		line.Writer
	}
)

// Store is a store of both.
type Store = mutation.Store[Reader, Writer]

// Subject is the store under test.
type Subject struct {
	Store
	// Feed is the whole change feed of a tenant.
	Feed func(t testing.TB, tenant auth.Tenant) []feed.Entry
	// Message shows resources in the feed.
	Message func(resource any) (proto.Message, error)
}

// Run checks the store. Each check has tenants of its own, so that one store serves all of them.
func Run(t *testing.T, subject Subject) {
	checks := []struct {
		name  string
		check func(*testing.T, Subject, auth.Principal)
	}{
		{"what is created is read back whole", readsBack},
		{"what does not exist is not found", notFound},
		{"numbers follow the highest", numbersFollow},
		{"taken numbers and codes are refused", taken},
		{"lists are in the order of numbers, page by page", lists},
		{"an update replaces the line and its version", updates},
		{"an update of another version is refused", stale},
		{"a failed write leaves nothing", allOrNothing},
		{"a writer sees what it wrote", seesOwnWrites},
		{"tenants do not see each other", tenants},
		{"each write is one entry in the feed", feeds},
		{"outcomes of requests are kept by tenant and key", recalls},
		{"references to nothing are refused", references},
		{"rates are put and deleted by date", rates},
		{"a credit is kept until it is deleted", credits},
		{"updates of the catalogue replace it and its version", updatesCatalogue},
		{"lines are found by customer and by master account", findsLines},
	}
	for i, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, subject, auth.Principal{Tenant: auth.Tenant(fmt.Sprintf("tenant-%d", i)), Actor: "suite"})
		})
	}
}

// at has more precision than a store keeps.
var at = time.Date(2026, time.March, 1, 2, 3, 4, 567_891_234, time.FixedZone("east", 3600))

// kept is at as a store keeps it: UTC, to the microsecond.
var kept = at.UTC().Truncate(time.Microsecond)

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
			{Effective: date.MustNew(2025, time.March, 1), MonthlyAmount: dollars("5.00"), Reason: "PRICE  LIST 🔔"},
		},
		Start: date.MustNew(2024, time.February, 29), BillDay: 31, End: date.MustNew(2030, time.January, 1),
		Anchor:    date.MustNew(2025, time.November, 30),
		NextCycle: date.MustNew(2024, time.May, 31), LastCycle: date.MustNew(2024, time.February, 29),
	}
}

// plainLine has nothing that can be left out.
func plainLine() line.Line {
	l := aLine()
	l.MasterItem, l.MasterAccount, l.Memo = "", "", ""
	l.Anchor, l.End, l.LastCycle = date.Date{}, date.Date{}, date.Date{}
	return l
}

// write runs do in one transaction that has to succeed.
func write(t testing.TB, store Store, by auth.Principal, do func(context.Context, Writer) error) {
	t.Helper()
	if err := store.Write(t.Context(), by, at, do); err != nil {
		t.Fatalf("writing: %v", err)
	}
}

// read runs do on one snapshot and has to succeed.
func read(t testing.TB, store Store, tenant auth.Tenant, do func(context.Context, Reader) error) {
	t.Helper()
	if err := store.Read(t.Context(), tenant, do); err != nil {
		t.Fatalf("reading: %v", err)
	}
}

// stock creates item RMR-MON, bill-to 1 and master account MASTER-1, which lines need.
func stock(ctx context.Context, w Writer) error {
	item := anItem()
	billTo := catalogue.BillTo{Customer: 7, DisplayName: "Ann"}
	master := catalogue.MasterAccount{Code: "MASTER-1", Description: "All", Customer: 7, BillTo: 1, Inactive: true}
	return errors.Join(w.CreateItem(ctx, &item), w.CreateBillTo(ctx, &billTo), w.CreateMasterAccount(ctx, &master))
}

func readsBack(t *testing.T, store Subject, by auth.Principal) {
	item, plainItem := anItem(), catalogue.Item{Code: "PLAIN", Description: "Plain"}
	billTo := catalogue.BillTo{Customer: 7, DisplayName: "Ann"}
	master := catalogue.MasterAccount{Code: "MASTER-1", Description: "All", Customer: 7, BillTo: 1, Inactive: true}
	line, plain := aLine(), plainLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateItem(ctx, &item), w.CreateItem(ctx, &plainItem), w.CreateBillTo(ctx, &billTo),
			w.CreateMasterAccount(ctx, &master), w.CreateLine(ctx, &line), w.CreateLine(ctx, &plain))
	})
	first := mutation.Revision{Version: 1, Created: kept, Updated: kept}
	if line.ID != 1 || plain.ID != 2 || line.Revision != first {
		t.Errorf("created lines %d and %d at %+v", line.ID, plain.ID, line.Revision)
	}
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, item)(r.Item(ctx, "RMR-MON")), same(t, plainItem)(r.Item(ctx, "PLAIN")), same(t, billTo)(r.BillTo(ctx, 1)),
			same(t, master)(r.MasterAccount(ctx, "MASTER-1")), same(t, line)(r.Line(ctx, 1)), same(t, plain)(r.Line(ctx, 2)))
	})
}

// same compares a resource that was read with the one wanted, amounts with their decimal places.
func same[T any](t testing.TB, want T) func(T, error) error {
	return func(got T, err error) error {
		t.Helper()
		if err == nil {
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b }),
				cmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		}
		return err
	}
}

func notFound(t *testing.T, store Subject, by auth.Principal) {
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
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
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &missing) })
	if !errors.Is(err, mutation.ErrStale) {
		t.Errorf("updating a line that does not exist: %v, want ErrStale", err)
	}
}

func numbersFollow(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, stock)
	for _, step := range []struct{ given, want line.ID }{{0, 1}, {0, 2}, {1000, 1000}, {0, 1001}, {500, 500}, {0, 1002}} {
		l := aLine()
		l.ID = step.given
		write(t, store, by, func(ctx context.Context, w Writer) error {
			l.ID = step.given
			return w.CreateLine(ctx, &l)
		})
		if l.ID != step.want {
			t.Errorf("given %d: number %d, want %d", step.given, l.ID, step.want)
		}
	}
	last := aLine()
	last.ID = math.MaxInt32
	write(t, store, by, func(ctx context.Context, w Writer) error { return w.CreateLine(ctx, &last) })
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error {
		l := aLine()
		return w.CreateLine(ctx, &l)
	})
	if !errors.Is(err, mutation.ErrNumbersExhausted) {
		t.Errorf("after the last number: %v, want ErrNumbersExhausted", err)
	}
}

func taken(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, stock)
	write(t, store, by, func(ctx context.Context, w Writer) error {
		line := aLine()
		return w.CreateLine(ctx, &line)
	})
	for name, create := range map[string]func(context.Context, Writer) error{
		"item code": func(ctx context.Context, w Writer) error { i := anItem(); return w.CreateItem(ctx, &i) },
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
		if err := store.Write(t.Context(), by, at, create); !errors.Is(err, mutation.ErrTaken) {
			t.Errorf("%s: %v, want ErrTaken", name, err)
		}
	}
}

func lists(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, func(ctx context.Context, w Writer) error {
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
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
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

func wantIDs[R any](t *testing.T, resources []R, id func(R) int32, want ...int32) {
	t.Helper()
	got := make([]int32, len(resources))
	for i, resource := range resources {
		got[i] = id(resource)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func updates(t *testing.T, store Subject, by auth.Principal) {
	l, other := aLine(), aLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 5, Customer: 7}
		return errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second), w.CreateLine(ctx, &l), w.CreateLine(ctx, &other))
	})
	later := kept.Add(time.Hour)
	change := plainLine()
	change.ID, change.Anchor, change.Revision = l.ID, l.Anchor, l.Revision
	change.BillTo, change.BillCycle, change.Description, change.Memo = 5, line.Annual, "Fire", "note"
	change.NextCycle = date.MustNew(2025, time.February, 28)
	updated := change
	if err := store.Write(t.Context(), by, later, func(ctx context.Context, w Writer) error {
		updated = change
		return w.UpdateLine(ctx, &updated)
	}); err != nil {
		t.Fatal(err)
	}
	change.Version, change.Updated = 2, later
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, change)(updated, nil), same(t, change)(r.Line(ctx, l.ID)), same(t, other)(r.Line(ctx, other.ID)))
	})
}

func stale(t *testing.T, store Subject, by auth.Principal) {
	line := aLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &line))
	})
	before, entries := line, 0
	write(t, store, by, func(ctx context.Context, w Writer) error { line = before; return w.UpdateLine(ctx, &line) })
	entries = len(store.Feed(t, by.Tenant))
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error {
		late := before
		late.Memo = "too late"
		return w.UpdateLine(ctx, &late)
	})
	if !errors.Is(err, mutation.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error { return same(t, line)(r.Line(ctx, line.ID)) })
	if got := len(store.Feed(t, by.Tenant)); got != entries {
		t.Errorf("the feed has %d entries, had %d", got, entries)
	}
}

func allOrNothing(t *testing.T, store Subject, by auth.Principal) {
	refused := errors.New("refused")
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error {
		line := aLine()
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &line), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatalf("got %v, want the error of the closure", err)
	}
	read(t, store, by.Tenant, func(ctx context.Context, r Reader) error {
		items, itemErr := r.Items(ctx, listing.Numbered("number", int64(0), 1))
		lines, lineErr := r.Lines(ctx, listing.Numbered("name", int64(0), 1))
		if len(items)+len(lines) != 0 {
			t.Errorf("left behind: %v, %v", items, lines)
		}
		return errors.Join(itemErr, lineErr)
	})
	if entries := store.Feed(t, by.Tenant); len(entries) != 0 {
		t.Errorf("left behind in the feed: %v", entries)
	}
}

func seesOwnWrites(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, func(ctx context.Context, w Writer) error {
		line := aLine()
		if err := errors.Join(stock(ctx, w), w.CreateLine(ctx, &line)); err != nil {
			return err
		}
		line.Memo = "changed"
		if err := w.UpdateLine(ctx, &line); err != nil {
			return err
		}
		return same(t, line)(w.Line(ctx, line.ID))
	})
}

func tenants(t *testing.T, store Subject, by auth.Principal) {
	other := auth.Principal{Tenant: by.Tenant + "-other", Actor: "suite"}
	mine, theirs := aLine(), aLine()
	theirs.Memo = "theirs"
	for _, each := range []struct {
		by   auth.Principal
		line *line.Line
	}{{by, &mine}, {other, &theirs}} {
		write(t, store, each.by, func(ctx context.Context, w Writer) error {
			each.line.ID = 0
			return errors.Join(stock(ctx, w), w.CreateLine(ctx, each.line))
		})
	}
	if mine.ID != theirs.ID {
		t.Errorf("each tenant counts its own lines: %d and %d", mine.ID, theirs.ID)
	}
	mine.Memo = "mine"
	write(t, store, by, func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &mine) })
	read(t, store, other.Tenant, func(ctx context.Context, r Reader) error {
		lines, err := r.Lines(ctx, listing.Numbered("name", int64(0), 10))
		wantIDs(t, lines, func(l line.Line) int32 { return int32(l.ID) }, int32(theirs.ID))
		return errors.Join(err, same(t, theirs)(r.Line(ctx, theirs.ID)))
	})
	for _, entry := range store.Feed(t, other.Tenant) {
		if entry.Tenant != other.Tenant {
			t.Errorf("an entry of tenant %s in the feed of %s", entry.Tenant, other.Tenant)
		}
	}
}

func feeds(t *testing.T, store Subject, by auth.Principal) {
	l := aLine()
	write(t, store, by, func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l))
	})
	write(t, store, by, func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &l) })
	entries := store.Feed(t, by.Tenant)
	var told []string
	for _, e := range entries {
		told = append(told, fmt.Sprintf("%s %s %s", e.Kind, e.Type, e.Resource))
		if !e.Time.Equal(kept) || e.Actor != by.Actor || e.Tenant != by.Tenant {
			t.Errorf("entry %+v does not tell who and when", e)
		}
	}
	if diff := cmp.Diff([]string{
		"CREATED Item items/RMR-MON", "CREATED BillTo billTos/1", "CREATED MasterAccount masterAccounts/MASTER-1",
		"CREATED RecurringLine recurringLines/1", "UPDATED RecurringLine recurringLines/1",
	}, told); diff != "" {
		t.Fatalf("feed (-want +got):\n%s", diff)
	}
	state, err := entries[4].State.Message()
	if err != nil {
		t.Fatalf("reading the state: %v", err)
	}
	want, err := store.Message(l)
	if err != nil || !proto.Equal(state, want) {
		t.Errorf("the state is %v, want %v (%v)", state, want, err)
	}
}

func references(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, stock)
	for name, set := range map[string]func(*line.Line){
		"item":           func(l *line.Line) { l.Item = "NONE" },
		"master item":    func(l *line.Line) { l.MasterItem = "NONE" },
		"master account": func(l *line.Line) { l.MasterAccount = "NONE" },
		"bill-to":        func(l *line.Line) { l.BillTo = 4711 },
	} {
		err := store.Write(t.Context(), by, at, func(ctx context.Context, w Writer) error {
			one := aLine()
			set(&one)
			return w.CreateLine(ctx, &one)
		})
		if err == nil {
			t.Errorf("a line of an unknown %s was kept", name)
		}
	}
}

func recalls(t *testing.T, store Subject, by auth.Principal) {
	record := mutation.Record{Hash: [32]byte{1, 2, 3}, Outcome: json.RawMessage(`{"id":1}`)}
	write(t, store, by, func(ctx context.Context, w Writer) error { return w.Remember(ctx, "key", record) })
	for _, c := range []struct {
		name   string
		tenant auth.Tenant
		key    string
		at     time.Time
		want   bool
	}{
		{"the key", by.Tenant, "key", at, true},
		{"another key", by.Tenant, "other", at, false},
		{"another tenant", by.Tenant + "-other", "key", at, false},
		{"an expired key", by.Tenant, "key", at.Add(mutation.Retention), false},
	} {
		if err := store.Write(t.Context(), auth.Principal{Tenant: c.tenant, Actor: "suite"}, c.at, func(ctx context.Context, w Writer) error {
			got, ok, err := w.Recall(ctx, c.key)
			if ok != c.want || ok && (got.Hash != record.Hash || string(got.Outcome) != string(record.Outcome)) {
				t.Errorf("%s: recalled %v, %v", c.name, got, ok)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}
