package books

import (
	"context"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// known holds the stored resources that some lines refer to, and the stored lines with the same
// numbers. It is the catalogue for checking the lines.
type known struct {
	line.Catalogue
	items   map[catalogue.ItemCode]catalogue.Item
	billTos map[catalogue.BillToID]catalogue.BillTo
	masters map[catalogue.MasterAccountCode]catalogue.MasterAccount
	// ofMasters holds the bill-tos that a master account is billed to.
	ofMasters map[catalogue.BillToID]bool
	lines     map[line.ID]line.Line
	// cancelled holds the cancellations with the numbers that the lines bring.
	cancelled map[line.CancellationNumber]line.Cancelled
	// onFirst tells whether periods begin on the first of a month, once that was asked.
	onFirst *bool
}

// knownTo reads the stored resources that the lines refer to.
func knownTo(ctx context.Context, r LineImportWriter, lines []line.Line) (*known, error) {
	var items distinct[catalogue.ItemCode]
	var billTos distinct[catalogue.BillToID]
	var masters distinct[catalogue.MasterAccountCode]
	var numbers distinct[line.CancellationNumber]
	ids := make([]line.ID, 0, len(lines))
	for _, one := range lines {
		items.add(readable(one.Item))
		items.add(readable(one.MasterItem))
		billTos.add(one.BillTo)
		for _, credit := range one.Credits {
			billTos.add(credit.BillTo)
		}
		masters.add(readable(one.MasterAccount))
		numbers.add(one.Cancellation.Number)
		ids = append(ids, one.ID)
	}
	k := &known{Catalogue: r, ofMasters: map[catalogue.BillToID]bool{}}
	var err error
	if k.items, err = index(func() ([]catalogue.Item, error) { return r.ItemsOf(ctx, items.list) }, func(i catalogue.Item) catalogue.ItemCode { return i.Code }); err != nil {
		return nil, err
	}
	if k.masters, err = index(func() ([]catalogue.MasterAccount, error) { return r.MasterAccountsOf(ctx, masters.list) }, func(m catalogue.MasterAccount) catalogue.MasterAccountCode { return m.Code }); err != nil {
		return nil, err
	}
	for _, master := range k.masters {
		billTos.add(master.BillTo)
	}
	if k.billTos, err = index(func() ([]catalogue.BillTo, error) { return r.BillTosOf(ctx, billTos.list) }, func(b catalogue.BillTo) catalogue.BillToID { return b.ID }); err != nil {
		return nil, err
	}
	if k.lines, err = index(func() ([]line.Line, error) { return r.LinesOf(ctx, ids) }, func(l line.Line) line.ID { return l.ID }); err != nil {
		return nil, err
	}
	if k.cancelled, err = index(func() ([]line.Cancelled, error) { return r.CancellationsOf(ctx, numbers.list) }, func(c line.Cancelled) line.CancellationNumber { return c.Number }); err != nil {
		return nil, err
	}
	ofMasters, err := r.BillTosOfMasters(ctx, billTos.list)
	for _, id := range ofMasters {
		k.ofMasters[id] = true
	}
	return k, err
}

// distinct collects distinct values, without the zero value.
type distinct[T comparable] struct {
	list []T
	seen map[T]bool
}

func (d *distinct[T]) add(value T) {
	var none T
	if value == none || d.seen[value] {
		return
	}
	if d.seen == nil {
		d.seen = map[T]bool{}
	}
	d.seen[value] = true
	d.list = append(d.list, value)
}

// readable returns the code if the store can be asked for it, and an empty one otherwise.
func readable[C ~string](code C) C {
	var v fault.Violations
	if !v.Text("", strings.TrimRight(string(code), " "), catalogue.MaxCode) {
		return ""
	}
	return code
}

func index[K comparable, T any](read func() ([]T, error), key func(T) K) (map[K]T, error) {
	list, err := read()
	if err != nil {
		return nil, err
	}
	found := make(map[K]T, len(list))
	for _, resource := range list {
		found[key(resource)] = resource
	}
	return found, nil
}

// settle completes a line, or returns a fault with everything that is wrong with it.
func (k *known) settle(ctx context.Context, l line.Line) (line.Line, error) {
	settled, err := line.SettleImported(ctx, k, l, k.ofMasters[l.BillTo])
	number := settled.Cancellation.Number
	if err != nil || number == 0 {
		return settled, err
	}
	taken, others := k.cancelled[number]
	if others {
		return settled, settled.CheckNumber([]line.Cancelled{taken})
	}
	if _, stored := k.lines[settled.ID]; !stored {
		k.cancelled[number] = line.Cancelled{Line: settled.ID, Number: number}
	}
	return settled, nil
}

// BeginsOnFirst asks once whether the periods of new lines begin on the first of a month.
func (k *known) BeginsOnFirst(ctx context.Context) (bool, error) {
	if k.onFirst == nil {
		onFirst, err := k.Catalogue.BeginsOnFirst(ctx)
		if err != nil {
			return false, err
		}
		k.onFirst = &onFirst
	}
	return *k.onFirst, nil
}

// FindItem returns an item that the lines refer to.
func (k *known) FindItem(_ context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	return findCode(k.items, code, func(i catalogue.Item) catalogue.ItemID { return i.ID })
}

// BillTo returns a bill-to that the lines or their master accounts refer to.
func (k *known) BillTo(_ context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	return find(k.billTos, id)
}

// OwnerOf returns the customer of a bill-to that the lines refer to.
func (k *known) OwnerOf(_ context.Context, id catalogue.BillToID) (catalogue.CustomerID, error) {
	billTo, err := find(k.billTos, id)
	return billTo.Customer, err
}

// FindMasterAccount returns a master account that the lines refer to.
func (k *known) FindMasterAccount(_ context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	return findCode(k.masters, code, func(m catalogue.MasterAccount) catalogue.MasterAccountID { return m.ID })
}

// findCode looks up a code as it is spelled, or else the resource with the lowest number whose code
// is the same in another spelling.
func findCode[C interface {
	comparable
	Key() string
}, T any, N ~int32](all map[C]T, code C, number func(T) N) (found T, err error) {
	if found, ok := all[code]; ok {
		return found, nil
	}
	lowest := N(0)
	for other, resource := range all {
		if n := number(resource); other.Key() == code.Key() && (lowest == 0 || n < lowest) {
			found, lowest = resource, n
		}
	}
	if lowest == 0 {
		return found, fmt.Errorf("looking up %v: %w", code, mutation.ErrNotFound)
	}
	return found, nil
}

func find[K comparable, T any](all map[K]T, key K) (T, error) {
	found, ok := all[key]
	if !ok {
		return found, fmt.Errorf("looking up %v: %w", key, mutation.ErrNotFound)
	}
	return found, nil
}
