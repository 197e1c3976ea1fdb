package lives_test

import (
	"context"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// memory is a store of one tenant, fast enough for 100,000 lives. What it does not implement, no life
// uses.
type memory struct {
	unused
	books
	clock *clock.Fake
}

// unused has the methods of all writers.
type unused interface {
	line.Writer
	invoice.Writer
	charge.Writer
	increase.Writer
	invoice.DocumentWriter
}

// books is what a memory holds. A write that fails leaves it as it was.
type books struct {
	// lines are without their rates and credits, as in a database. Line n is at n-1.
	lines    []line.Line
	rates    [][]line.Rate
	credits  [][]line.Credit
	invoices []invoice.Invoice
	numbered int64
	// held holds the billed days, in order for each line.
	held      []invoice.BilledPeriod
	charges   []charge.Charge
	notes     []invoice.CreditNote
	increases []increase.Increase
	raised    []increase.Line
	profile   invoice.Profile
}

// copied returns books that can change without the others.
func (b *books) copied() books {
	c := *b
	c.lines, c.rates, c.credits = slices.Clone(b.lines), slices.Clone(b.rates), slices.Clone(b.credits)
	c.invoices, c.held, c.charges = slices.Clone(b.invoices), slices.Clone(b.held), slices.Clone(b.charges)
	c.notes, c.increases, c.raised = slices.Clone(b.notes), slices.Clone(b.increases), slices.Clone(b.raised)
	for i := range c.credits {
		c.credits[i] = slices.Clone(c.credits[i])
	}
	return c
}

// storeOf is a memory as the store of a service.
type storeOf[R, W any] struct{ *memory }

func (s storeOf[R, W]) Read(ctx context.Context, _ auth.Tenant, do func(context.Context, R) error) error {
	return do(ctx, any(s.memory).(R))
}

func (s storeOf[R, W]) Find(ctx context.Context, _ auth.Tenant, _ string, do func(context.Context, R) error) error {
	return do(ctx, any(s.memory).(R))
}

func (s storeOf[R, W]) Write(ctx context.Context, _ auth.Principal, _ time.Time, do func(context.Context, W) error) error {
	before := s.copied()
	err := do(ctx, any(s.memory).(W))
	if err != nil {
		s.books = before
	}
	return err
}

func (s storeOf[R, W]) Stream(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error {
	return s.Read(ctx, tenant, do)
}

func (s storeOf[R, W]) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return s.Write(ctx, by, at, do)
}

func (m *memory) Caller() auth.Principal { return auth.Principal{Tenant: "t", Actor: "operator"} }

func (m *memory) Now() time.Time { return m.clock.Now() }

// revise gives a resource its next version, unless its version is not the one in the store.
func revise(given, stored *mutation.Revision) error {
	if given.Version != stored.Version {
		return mutation.ErrStale
	}
	given.Version++
	return nil
}

func (m *memory) Line(_ context.Context, id line.ID) (line.Line, error) {
	if id < 1 || int(id) > len(m.lines) {
		return line.Line{}, mutation.ErrNotFound
	}
	l := m.lines[id-1]
	l.Rates, l.Credits = slices.Clone(m.rates[id-1]), slices.Clone(m.credits[id-1])
	l.Unbilled, l.Pauses = slices.Clone(l.Unbilled), slices.Clone(l.Pauses)
	l.Cancellation.Pending = slices.ContainsFunc(l.Credits, func(c line.Credit) bool { return c.Kind == "" && c.Invoice == "" })
	return l, nil
}

func (m *memory) LinesOf(ctx context.Context, ids []line.ID) (found []line.Line, _ error) {
	for _, id := range ids {
		if l, err := m.Line(ctx, id); err == nil {
			found = append(found, l)
		}
	}
	return found, nil
}

// Lines returns open lines by number, which is all that increases ask for here.
func (m *memory) Lines(ctx context.Context, query listing.Query) (found []line.Line, _ error) {
	after := query.After[0].(int64)
	for i := range m.lines {
		l, err := m.Line(ctx, line.ID(i+1))
		if err != nil {
			return nil, err
		}
		if int64(l.ID) > after && len(found) < query.Limit && (l.End.IsZero() || l.NextCycle.Before(l.End)) {
			found = append(found, l)
		}
	}
	return found, nil
}

func (m *memory) KnownLines(_ context.Context, ids []line.ID) ([]line.ID, error) { return ids, nil }

func (m *memory) UpdateLine(_ context.Context, l *line.Line) error {
	if err := revise(&l.Revision, &m.lines[l.ID-1].Revision); err != nil {
		return err
	}
	m.lines[l.ID-1] = bare(*l)
	return nil
}

// bare returns a line without what is stored elsewhere.
func bare(l line.Line) line.Line {
	l.Rates, l.Credits = nil, nil
	return l
}

func (m *memory) ReplaceRates(_ context.Context, id line.ID, rates []line.Rate) error {
	m.rates[id-1] = slices.Clone(rates)
	return nil
}

func (m *memory) Proration(context.Context) (billing.Proration, error) {
	return m.profile.Chosen(), nil
}

func (m *memory) BeginsOnFirst(context.Context) (bool, error) { return m.profile.FirstOfMonth, nil }

func (m *memory) ProfileAt(context.Context, invoice.Issued) (invoice.Profile, error) {
	return m.profile, nil
}

func (m *memory) PutProfile(_ context.Context, p *invoice.Profile) error {
	p.Version++
	m.profile = *p
	return nil
}

func (m *memory) Today(context.Context, time.Time) (date.Date, error) { return date.Of(m.Now()), nil }

func (m *memory) FindItem(_ context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	return catalogue.Item{Code: code, Description: string(code)}, nil
}

// masters maps the master accounts to their bill-tos, which are of customers of the same numbers.
var masters = map[catalogue.MasterAccountCode]catalogue.BillToID{"MA": 3, "MB": 4}

func (m *memory) FindMasterAccount(_ context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	return catalogue.MasterAccount{Code: code, Customer: catalogue.CustomerID(masters[code]), BillTo: masters[code]}, nil
}

func (m *memory) BillTo(_ context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	if id > 2 {
		return catalogue.BillTo{ID: id, Customer: catalogue.CustomerID(id)}, nil
	}
	return catalogue.BillTo{ID: id, Customer: 1}, nil
}

func (m *memory) OwnerOf(ctx context.Context, id catalogue.BillToID) (catalogue.CustomerID, error) {
	billTo, err := m.BillTo(ctx, id)
	return billTo.Customer, err
}

func (m *memory) BillToOf(ctx context.Context, _ catalogue.CustomerID) (catalogue.BillTo, error) {
	return m.BillTo(ctx, 1)
}

func (m *memory) CreateLine(_ context.Context, l *line.Line) error {
	l.ID, l.Version = line.ID(len(m.lines)+1), 1
	m.lines, m.rates, m.credits = append(m.lines, bare(*l)), append(m.rates, slices.Clone(l.Rates)), append(m.credits, nil)
	return nil
}

func (m *memory) CreateCredit(_ context.Context, l line.ID, credit line.Credit) error {
	m.credits[l-1] = append(m.credits[l-1], credit)
	return nil
}

func (m *memory) DeleteCredits(_ context.Context, l line.ID) error {
	ofCancellation := func(c line.Credit) bool { return c.Kind == "" }
	credits := m.credits[l-1]
	if !slices.ContainsFunc(credits, ofCancellation) || slices.ContainsFunc(credits, func(c line.Credit) bool { return ofCancellation(c) && c.Invoice != "" }) {
		return mutation.ErrNotFound
	}
	m.credits[l-1] = slices.DeleteFunc(slices.Clone(credits), ofCancellation)
	return nil
}

func (m *memory) Charge(_ context.Context, id charge.ID) (charge.Charge, error) {
	place := m.chargeAt(id)
	if place < 0 {
		return charge.Charge{}, mutation.ErrNotFound
	}
	return m.charges[place], nil
}

func (m *memory) chargeAt(id charge.ID) int {
	return slices.IndexFunc(m.charges, func(c charge.Charge) bool { return c.ID == id })
}

func (m *memory) CreateCharge(_ context.Context, c *charge.Charge) error {
	c.ID, c.Version = 1, 1
	for _, other := range m.charges {
		c.ID = max(c.ID, other.ID+1)
	}
	m.charges = append(m.charges, *c)
	return nil
}

func (m *memory) UpdateCharge(_ context.Context, c *charge.Charge) error {
	stored := &m.charges[m.chargeAt(c.ID)]
	if err := revise(&c.Revision, &stored.Revision); err != nil {
		return err
	}
	*stored = *c
	return nil
}

func (m *memory) DeleteCharge(_ context.Context, c charge.Charge) error {
	m.charges = slices.Delete(m.charges, m.chargeAt(c.ID), m.chargeAt(c.ID)+1)
	return nil
}
