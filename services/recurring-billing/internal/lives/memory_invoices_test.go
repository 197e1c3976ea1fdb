package lives_test

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

func (m *memory) HasBilled(context.Context) (bool, error) { return len(m.held) > 0, nil }

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
