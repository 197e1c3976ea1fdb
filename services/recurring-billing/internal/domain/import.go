package domain

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
)

// BulkReader reads many resources of one tenant at once: those that there are, in no order.
type BulkReader interface {
	ItemsOf(ctx context.Context, codes []ItemCode) ([]Item, error)
	BillTosOf(ctx context.Context, ids []BillToID) ([]BillTo, error)
	MasterAccountsOf(ctx context.Context, codes []MasterAccountCode) ([]MasterAccount, error)
	// BillTosOfMasters are those of the bill-tos that a master account is billed to.
	BillTosOfMasters(ctx context.Context, ids []BillToID) ([]BillToID, error)
	LinesOf(ctx context.Context, ids []LineID) ([]Line, error)
}

// BulkWriter writes many lines of one tenant at once.
type BulkWriter interface {
	BulkReader
	// CreateLines creates lines that have numbers of their own, none of which is in use, as CreateLine would each.
	CreateLines(ctx context.Context, lines []Line) error
}

func (i Item) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if err := i.check(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Item, error) { return w.Item(ctx, i.Code) }, ErrNotFound,
		func(present Item) bool {
			present.Revision = Revision{}
			return equal(&i.ID, present.ID) && i == present
		},
		func() error { return createItem(ctx, w, &i) }, "item", i.Code)
}

// equal reports whether a number is that of what is there. 0 asks for none, so it takes that one.
func equal[N ~int32](asked *N, present N) bool {
	if *asked == 0 {
		*asked = present
	}
	return *asked == present
}

func (b BillTo) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if b.ID == 0 {
		return intake.Judge(false, fault.InvalidField(FieldID, reason.Required, "must be given"))
	}
	return intake.Take(func() (BillTo, error) { return w.BillTo(ctx, b.ID) }, ErrNotFound,
		func(present BillTo) bool {
			present.Revision = Revision{}
			return b == present
		},
		func() error { return createBillTo(ctx, w, &b) }, "bill-to", b.ID)
}

func (m MasterAccount) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if v := m.check(); len(v) > 0 {
		return intake.Judge(false, v.err())
	}
	return intake.Take(func() (MasterAccount, error) { return w.MasterAccount(ctx, m.Code) }, ErrNotFound,
		func(present MasterAccount) bool {
			present.Revision = Revision{}
			return equal(&m.ID, present.ID) && m == present
		},
		func() error { return createMasterAccount(ctx, w, &m) }, "master account", m.Code)
}

func (l Line) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	outcomes, err := takeInLines(ctx, w, []Line{l})
	if err != nil {
		return intake.Outcome{}, err
	}
	return outcomes[0], nil
}

// takeInLines takes lines in, with a few statements for all of them.
func takeInLines(ctx context.Context, w Writer, lines []Line) ([]intake.Outcome, error) {
	known, err := surroundings(ctx, w, lines)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := takeNew(lines, known.lines, "recurring line", func(line Line) LineID { return line.ID },
		func(line Line) (Line, error) { return known.settle(ctx, line) }, sameLine)
	if err != nil {
		return nil, err
	}
	err = w.CreateLines(ctx, created)
	if errors.Is(err, ErrTaken) {
		return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "recurring lines were created at the same time; try again")
	}
	if err != nil {
		return nil, err
	}
	for _, line := range created {
		if err := keepPendingCredit(ctx, w, line); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// takeNew judges resources one by one, each as settle leaves it: those that there are not yet are to be created, and known from
// then on; one that is not the same as what there is, is refused.
func takeNew[K comparable, T any](resources []T, known map[K]T, what string, key func(T) K, settle func(T) (T, error), same func(a, b T) bool) (outcomes []intake.Outcome, created []T, err error) {
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

func sameLine(a, b Line) bool {
	a.Revision, b.Revision = Revision{}, Revision{}
	return reflect.DeepEqual(a, b)
}

// known is what there is of all that some lines name, as a Reader of the catalogue, and the lines of their numbers.
type known struct {
	Reader
	items   map[ItemCode]Item
	billTos map[BillToID]BillTo
	masters map[MasterAccountCode]MasterAccount
	// ofMasters are the bill-tos that some master account is billed to.
	ofMasters map[BillToID]bool
	lines     map[LineID]Line
}

// surroundings reads what there is of all that the lines name.
func surroundings(ctx context.Context, r Writer, lines []Line) (*known, error) {
	var items distinct[ItemCode]
	var billTos distinct[BillToID]
	var masters distinct[MasterAccountCode]
	ids := make([]LineID, 0, len(lines))
	for _, line := range lines {
		items.add(readable(line.Item))
		items.add(readable(line.MasterItem))
		billTos.add(line.BillTo)
		masters.add(readable(line.MasterAccount))
		ids = append(ids, line.ID)
	}
	k := &known{Reader: r, ofMasters: map[BillToID]bool{}}
	var err error
	if k.items, err = index(func() ([]Item, error) { return r.ItemsOf(ctx, items.list) }, func(i Item) ItemCode { return i.Code }); err != nil {
		return nil, err
	}
	if k.masters, err = index(func() ([]MasterAccount, error) { return r.MasterAccountsOf(ctx, masters.list) }, func(m MasterAccount) MasterAccountCode { return m.Code }); err != nil {
		return nil, err
	}
	for _, master := range k.masters {
		billTos.add(master.BillTo)
	}
	if k.billTos, err = index(func() ([]BillTo, error) { return r.BillTosOf(ctx, billTos.list) }, func(b BillTo) BillToID { return b.ID }); err != nil {
		return nil, err
	}
	if k.lines, err = index(func() ([]Line, error) { return r.LinesOf(ctx, ids) }, func(l Line) LineID { return l.ID }); err != nil {
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
	var v violations
	if !v.checkText("", string(code), maxCode) {
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
func (k *known) settle(ctx context.Context, line Line) (Line, error) {
	var v violations
	if line.ID <= 0 {
		v.add(FieldID, reason.Required, "must be the number of the line, 1 or more")
	}
	line.open(&v)
	// The line takes nothing anew: what it names, it has.
	change := changeAll(line)
	if k.ofMasters[line.BillTo] {
		change.BillTo, change.MasterAccount = nil, nil
	}
	settled, found, err := revise(ctx, k, line, change)
	if err != nil {
		return Line{}, err
	}
	return settled, append(v, found...).err()
}

// Item is an item that the lines name.
func (k *known) Item(_ context.Context, code ItemCode) (Item, error) {
	return find(k.items, code)
}

// BillTo is a bill-to that the lines or their master accounts name.
func (k *known) BillTo(_ context.Context, id BillToID) (BillTo, error) {
	return find(k.billTos, id)
}

// MasterAccount is a master account that the lines name.
func (k *known) MasterAccount(_ context.Context, code MasterAccountCode) (MasterAccount, error) {
	return find(k.masters, code)
}

func find[K comparable, T any](all map[K]T, key K) (T, error) {
	found, ok := all[key]
	if !ok {
		return found, fmt.Errorf("looking up %v: %w", key, ErrNotFound)
	}
	return found, nil
}
