package books

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

func importItem(ctx context.Context, w Writer, i catalogue.Item) (intake.Outcome, error) {
	if err := i.Check(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (catalogue.Item, error) { return w.Item(ctx, i.Code) }, resource.ErrNotFound,
		func(present catalogue.Item) bool {
			present.Revision = resource.Revision{}
			return equal(&i.ID, present.ID) && i == present
		},
		func() error { return catalogue.CreateItem(ctx, w, &i) }, "item", i.Code)
}

// equal reports whether a number is that of what is there. 0 asks for none, so it takes that one.
func equal[N ~int32](asked *N, present N) bool {
	if *asked == 0 {
		*asked = present
	}
	return *asked == present
}

func importBillTo(ctx context.Context, w Writer, b catalogue.BillTo) (intake.Outcome, error) {
	if b.ID == 0 {
		return intake.Judge(false, fault.InvalidField(resource.FieldID, reason.Required, "must be given"))
	}
	return intake.Take(func() (catalogue.BillTo, error) { return w.BillTo(ctx, b.ID) }, resource.ErrNotFound,
		func(present catalogue.BillTo) bool {
			present.Revision = resource.Revision{}
			return b == present
		},
		func() error { return catalogue.CreateBillTo(ctx, w, &b) }, "bill-to", b.ID)
}

func importMasterAccount(ctx context.Context, w Writer, m catalogue.MasterAccount) (intake.Outcome, error) {
	if v := m.Check(); len(v) > 0 {
		return intake.Judge(false, v.Err())
	}
	return intake.Take(func() (catalogue.MasterAccount, error) { return w.MasterAccount(ctx, m.Code) }, resource.ErrNotFound,
		func(present catalogue.MasterAccount) bool {
			present.Revision = resource.Revision{}
			return equal(&m.ID, present.ID) && m == present
		},
		func() error { return catalogue.CreateMasterAccount(ctx, w, &m) }, "master account", m.Code)
}

func importLine(ctx context.Context, w Writer, l line.Line) (intake.Outcome, error) {
	outcomes, err := importLines(ctx, w, []line.Line{l})
	if err != nil {
		return intake.Outcome{}, err
	}
	return outcomes[0], nil
}

// importLines imports lines, with a few statements for all of them.
func importLines(ctx context.Context, w LineImportWriter, lines []line.Line) ([]intake.Outcome, error) {
	known, err := knownTo(ctx, w, lines)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := importNew(lines, known.lines, "recurring line", func(l line.Line) line.ID { return l.ID },
		func(l line.Line) (line.Line, error) { return known.settle(ctx, l) }, sameLine)
	if err != nil {
		return nil, err
	}
	err = w.CreateLines(ctx, created)
	if errors.Is(err, resource.ErrTaken) {
		return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "recurring lines were created at the same time; try again")
	}
	if err != nil {
		return nil, err
	}
	for _, l := range created {
		if err := line.KeepPendingCredit(ctx, w, l); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// importNew judges resources one by one, each as settle leaves it: those that there are not yet are to be created, and known from
// then on; one that is not the same as what there is, is refused.
func importNew[K comparable, T any](resources []T, known map[K]T, what string, key func(T) K, settle func(T) (T, error), same func(a, b T) bool) (outcomes []intake.Outcome, created []T, err error) {
	outcomes, created = make([]intake.Outcome, len(resources)), make([]T, 0, len(resources))
	for i, resource := range resources {
		settled, err := settle(resource)
		if err == nil {
			if present, taken := known[key(settled)]; !taken {
				known[key(settled)] = settled
				created = append(created, settled)
				outcomes[i].Created = true
			} else if !same(settled, present) {
				err = intake.Differs(what, key(settled))
			}
		}
		if err != nil {
			if outcomes[i], err = intake.Judge(false, err); err != nil {
				return nil, nil, err
			}
		}
	}
	return outcomes, created, nil
}

func sameLine(a, b line.Line) bool {
	a.Revision, b.Revision = resource.Revision{}, resource.Revision{}
	return reflect.DeepEqual(a, b)
}

// known is what there is of all that some lines name, as the catalogue of the lines, and the lines of their numbers.
type known struct {
	line.Catalogue
	items   map[catalogue.ItemCode]catalogue.Item
	billTos map[catalogue.BillToID]catalogue.BillTo
	masters map[catalogue.MasterAccountCode]catalogue.MasterAccount
	// ofMasters are the bill-tos that some master account is billed to.
	ofMasters map[catalogue.BillToID]bool
	lines     map[line.ID]line.Line
}

// knownTo reads what there is of all that the lines name.
func knownTo(ctx context.Context, r LineImportWriter, lines []line.Line) (*known, error) {
	var items distinct[catalogue.ItemCode]
	var billTos distinct[catalogue.BillToID]
	var masters distinct[catalogue.MasterAccountCode]
	ids := make([]line.ID, 0, len(lines))
	for _, one := range lines {
		items.add(readable(one.Item))
		items.add(readable(one.MasterItem))
		billTos.add(one.BillTo)
		masters.add(readable(one.MasterAccount))
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
	ofMasters, err := r.BillTosOfMasters(ctx, billTos.list)
	for _, id := range ofMasters {
		k.ofMasters[id] = true
	}
	return k, err
}

// distinct is values, each once, the zero one aside.
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

// readable is a code that a store can be asked for, empty for any other.
func readable[C ~string](code C) C {
	var v resource.Violations
	if !v.CheckText("", string(code), catalogue.MaxCode) {
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

// settle is the line as it is to be kept, or a fault with all that is wrong with it.
func (k *known) settle(ctx context.Context, l line.Line) (line.Line, error) {
	return line.SettleImported(ctx, k, l, k.ofMasters[l.BillTo])
}

// Item is an item that the lines name.
func (k *known) Item(_ context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	return find(k.items, code)
}

// BillTo is a bill-to that the lines or their master accounts name.
func (k *known) BillTo(_ context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	return find(k.billTos, id)
}

// MasterAccount is a master account that the lines name.
func (k *known) MasterAccount(_ context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	return find(k.masters, code)
}

func find[K comparable, T any](all map[K]T, key K) (T, error) {
	found, ok := all[key]
	if !ok {
		return found, fmt.Errorf("looking up %v: %w", key, resource.ErrNotFound)
	}
	return found, nil
}
