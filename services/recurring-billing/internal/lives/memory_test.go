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
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
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

func (s storeOf[R, W]) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return s.Write(ctx, by, at, do)
}

// increaseStore is a memory as the store of increases.
type increaseStore struct {
	storeOf[increase.Reader, increase.Writer]
}

func (s increaseStore) Waiting(context.Context, time.Time) (bool, error) {
	return slices.ContainsFunc(s.increases, func(i increase.Increase) bool { return i.State.InProgress() }), nil
}

func (s increaseStore) Step(ctx context.Context, at time.Time, do func(context.Context, increase.Writer, increase.Increase) error) (bool, error) {
	place := slices.IndexFunc(s.increases, func(i increase.Increase) bool { return i.State.InProgress() })
	if place < 0 {
		return false, nil
	}
	return true, s.Write(ctx, auth.Principal{}, at, func(ctx context.Context, w increase.Writer) error { return do(ctx, w, s.increases[place]) })
}

func (s increaseStore) Follow(auth.Tenant) (news <-chan struct{}, leave func()) {
	return nil, func() {}
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

func (m *memory) HasBilled(context.Context) (bool, error) { return len(m.held) > 0, nil }

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

func (m *memory) ReleaseDays(_ context.Context, l line.ID, days billing.Span) error {
	var kept []invoice.BilledPeriod
	for _, period := range m.held {
		if period.Line != l {
			kept = append(kept, period)
			continue
		}
		for _, rest := range period.Minus([]billing.Span{days}) {
			kept = append(kept, invoice.BilledPeriod{Line: l, Span: rest, Invoice: period.Invoice})
		}
	}
	m.held = kept
	return nil
}

// heldOf returns the held days that a condition chooses.
func (m *memory) heldOf(chosen func(invoice.BilledPeriod) bool) (found []invoice.BilledPeriod) {
	for _, period := range m.held {
		if chosen(period) {
			found = append(found, period)
		}
	}
	return found
}

func (m *memory) PeriodsOf(_ context.Context, lines []line.ID, days billing.Span) ([]invoice.BilledPeriod, error) {
	return m.heldOf(func(p invoice.BilledPeriod) bool { return slices.Contains(lines, p.Line) && p.Overlaps(days) }), nil
}

func (m *memory) BilledPeriods(_ context.Context, of invoice.ID, lines []line.ID) ([]invoice.BilledPeriod, error) {
	return m.heldOf(func(p invoice.BilledPeriod) bool { return slices.Contains(lines, p.Line) && p.Invoice == of }), nil
}

func (m *memory) BilledBefore(_ context.Context, l line.ID, day date.Date) (last date.Date, _ error) {
	for _, period := range m.held {
		if period.Line == l && period.Start.Before(day) {
			last = period.Start
		}
	}
	return last, nil
}

func (m *memory) HeldLines(ctx context.Context, ids []invoice.ID, lines []line.ID) (held []invoice.HeldLine, _ error) {
	for _, id := range lines {
		for _, of := range ids {
			periods, err := m.BilledPeriods(ctx, of, []line.ID{id})
			if err != nil {
				return nil, err
			}
			if len(periods) == 0 {
				continue
			}
			days := billing.Span{Start: periods[0].Start, End: periods[len(periods)-1].End}
			before, err := m.BilledBefore(ctx, id, days.Start)
			if err != nil {
				return nil, err
			}
			l := m.lines[id-1]
			held = append(held, invoice.HeldLine{
				Line: id, Invoice: of, Span: days, Next: l.NextCycle, Version: l.Version, Before: before, Started: l.Start, BillDay: l.BillDay,
				Anchor: l.Anchor, Cycle: l.BillCycle,
				Paused: slices.ContainsFunc(l.Pauses, func(p line.Pause) bool { return p.From.Before(days.End) || p.From.Before(l.NextCycle) }),
			})
		}
	}
	return held, nil
}

func (m *memory) Invoice(_ context.Context, id invoice.ID) (invoice.Invoice, error) {
	place := slices.IndexFunc(m.invoices, func(i invoice.Invoice) bool { return i.ID == id })
	if place < 0 {
		return invoice.Invoice{}, mutation.ErrNotFound
	}
	return m.invoices[place], nil
}

func (m *memory) InvoicesOf(ctx context.Context, ids []invoice.ID) (found []invoice.Invoice, _ error) {
	for _, id := range ids {
		if inv, err := m.Invoice(ctx, id); err == nil {
			found = append(found, inv)
		}
	}
	return found, nil
}

func (m *memory) UpdateInvoice(_ context.Context, inv *invoice.Invoice) error {
	place := slices.IndexFunc(m.invoices, func(i invoice.Invoice) bool { return i.ID == inv.ID })
	if err := revise(&inv.Revision, &m.invoices[place].Revision); err != nil {
		return err
	}
	m.invoices[place] = *inv
	return nil
}

func (m *memory) GivenCredits(_ context.Context, lines []line.ID) (given []invoice.GivenCredit, _ error) {
	for _, l := range lines {
		for _, credit := range m.credits[l-1] {
			given = append(given, invoice.GivenCredit{
				Line: l, Kind: credit.Kind, Of: invoice.ID(credit.Of), Span: credit.Span(), Amount: credit.Amount.Minor(), Currency: "USD", Invoice: invoice.ID(credit.Invoice),
			})
		}
	}
	return given, nil
}

func (m *memory) Charged(ctx context.Context, l line.ID, days billing.Span, currency money.Currency) (line.Charged, error) {
	return invoice.ChargedTo(ctx, m, l, days, currency)
}

func (m *memory) CreditCarrier(ctx context.Context, l line.ID) (line.Bill, bool, error) {
	return invoice.CreditCarrierOf(ctx, m, l)
}

func (m *memory) ReleasePeriods(_ context.Context, of invoice.ID, _ []line.ID) error {
	m.held = m.heldOf(func(p invoice.BilledPeriod) bool { return p.Invoice != of })
	return nil
}

func (m *memory) ReleaseCredits(_ context.Context, of invoice.ID, _ []line.ID) error {
	for l := range m.credits {
		for i := range m.credits[l] {
			if m.credits[l][i].Invoice == string(of) {
				m.credits[l][i].Invoice = ""
			}
		}
	}
	return nil
}

func (m *memory) ReleaseCharges(_ context.Context, of invoice.ID, _ []charge.ID) error {
	for i := range m.charges {
		if m.charges[i].Invoice == string(of) {
			m.charges[i].Invoice = ""
			m.charges[i].Version++
		}
	}
	return nil
}

func (m *memory) ReturnLines(ctx context.Context, lines []invoice.ReturnedLine) error {
	for _, returned := range lines {
		l, err := m.Line(ctx, returned.Line)
		if err != nil {
			return err
		}
		if l.Version != returned.Version {
			return mutation.ErrStale
		}
		l.NextCycle, l.LastCycle = returned.Next, returned.Last
		if returned.SetsUnbilled {
			l.Unbilled = returned.Unbilled
		}
		changed, err := l.ReturnRates(ctx, m)
		if err != nil {
			return err
		}
		if changed {
			m.rates[l.ID-1] = l.Rates
		}
		if err := m.UpdateLine(ctx, &l); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) DeleteDrafts(ctx context.Context, drafts []invoice.Invoice, billed, credited []line.ID) error {
	for _, draft := range drafts {
		m.invoices = slices.DeleteFunc(m.invoices, func(i invoice.Invoice) bool { return i.ID == draft.ID })
		if err := m.ReleasePeriods(ctx, draft.ID, billed); err != nil {
			return err
		}
		if err := m.ReleaseCredits(ctx, draft.ID, credited); err != nil {
			return err
		}
		if err := m.ReleaseCharges(ctx, draft.ID, nil); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) CountSettled(context.Context, *invoice.Invoice, invoice.DraftCount) error {
	return nil
}

func (m *memory) FinalizeDrafts(ctx context.Context, drafts []invoice.Invoice) error {
	for i := range drafts {
		m.numbered++
		drafts[i].Number, drafts[i].State = m.numbered, invoice.Finalized
		if err := m.UpdateInvoice(ctx, &drafts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) CreditNotes(_ context.Context, query listing.Query) (found []invoice.CreditNote, _ error) {
	of, _ := listing.Fixed(query.Where, "invoice")
	for _, note := range m.notes {
		if string(note.Invoice) == of && int64(note.ID) > query.After[0].(int64) {
			found = append(found, note)
		}
	}
	return found, nil
}

func (m *memory) CreateCreditNote(_ context.Context, note *invoice.CreditNote) error {
	note.ID = invoice.CreditNoteID(len(m.notes) + 1)
	m.notes = append(m.notes, *note)
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

func (m *memory) CreateIncrease(_ context.Context, i *increase.Increase) error {
	i.ID, i.Version = increase.ID(len(m.increases)+1), 1
	m.increases = append(m.increases, *i)
	return nil
}

func (m *memory) Increase(_ context.Context, id increase.ID) (increase.Increase, error) {
	return m.increases[id-1], nil
}

func (m *memory) HoldIncrease(context.Context, increase.ID) error { return nil }

func (m *memory) UpdateIncrease(_ context.Context, i *increase.Increase) error {
	if err := revise(&i.Revision, &m.increases[i.ID-1].Revision); err != nil {
		return err
	}
	progress := m.increases[i.ID-1].Progress
	m.increases[i.ID-1] = *i
	m.increases[i.ID-1].Progress = progress
	return nil
}

func (m *memory) KeepProgress(_ context.Context, i *increase.Increase) error {
	m.increases[i.ID-1].Progress = i.Progress
	return nil
}

func (m *memory) IncreaseLines(_ context.Context, query listing.Query) (found []increase.Line, _ error) {
	of, _ := listing.Fixed(query.Where, increase.FieldIncrease)
	outcome, chosen := listing.Fixed(query.Where, increase.FieldOutcome)
	for _, l := range m.raised {
		if int64(l.Increase) == of && (!chosen || string(l.Outcome) == outcome) && int64(l.Line) > query.After[0].(int64) && len(found) < query.Limit {
			found = append(found, l)
		}
	}
	return found, nil
}

func (m *memory) NoteLine(_ context.Context, l increase.Line) error {
	m.raised = append(m.raised, l)
	return nil
}

func (m *memory) SettleLine(_ context.Context, l increase.Line) error {
	place := slices.IndexFunc(m.raised, func(r increase.Line) bool { return r.Increase == l.Increase && r.Line == l.Line })
	m.raised[place] = l
	return nil
}
