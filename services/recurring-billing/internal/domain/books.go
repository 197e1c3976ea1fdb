package domain

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// BookReader reads what was billed, for what moves in and out. What is not there is left out, or ErrNotFound where one is
// asked for.
type BookReader interface {
	FormerReader
	// EndedRuns is up to limit runs that have ended with numbers above after, in the order of the numbers.
	EndedRuns(ctx context.Context, after RunID, limit int) ([]Run, error)
	// KnownLines is those of the numbers that are numbers of lines.
	KnownLines(ctx context.Context, ids []LineID) ([]LineID, error)
}

// BookWriter takes in books that were kept elsewhere. Each resource adds one entry to the change feed. What the database
// refuses because it is there already is ErrTaken.
type BookWriter interface {
	FormerWriter
	// TakeRun keeps a run that has ended, with its number and times.
	TakeRun(ctx context.Context, run *Run) error
	// TakeInvoices keeps invoices with their numbers, notes the periods that they bill as billed and the credits that they
	// carry as carried, unless they are void. The series of numbers, and of runs, goes on after the highest of theirs.
	TakeInvoices(ctx context.Context, invoices []Invoice) error
}

func (p Profile) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if err := p.check(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Profile, error) { return w.ProfileAt(ctx, Issued{}) }, ErrNotFound,
		func(present Profile) bool {
			present.Revision = Revision{}
			return p == present
		},
		func() error { return w.PutProfile(ctx, &p) }, "billing profile", "of the tenant")
}

// takeIn takes a schedule in. Days that it had no run for before it moved have theirs here.
func (u Upcoming) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	schedule := u.Schedule
	if err := schedule.check(); err != nil {
		return intake.Judge(false, err)
	}
	schedule.Since = u.NextRun
	if schedule.Since.IsZero() && schedule.Enabled {
		return intake.Judge(false, fault.InvalidField("next_run_date", reason.Required, "must be given for a schedule that is switched on"))
	}
	return intake.Take(func() (Schedule, error) { return w.Schedule(ctx) }, ErrNotFound,
		func(present Schedule) bool {
			present.Since, present.Revision = schedule.Since, Revision{}
			return reflect.DeepEqual(schedule, present)
		},
		func() error { return w.PutSchedule(ctx, &schedule) }, "billing schedule", "of the tenant")
}

func (r Run) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	var v violations
	if r.ID <= 0 {
		v.add(FieldID, reason.Required, "must be the number of the run, 1 or more")
	}
	if !r.State.Ended() || r.State == "" {
		v.add("state", reason.RunNotEnded, "must be that of a run that has ended")
	}
	if r.AsOf.IsZero() {
		v.add("as_of_date", reason.Required, "must be given")
	}
	if r.Created.IsZero() || r.Ended.IsZero() {
		v.add("end_time", reason.Required, "must be given, and create_time with it")
	}
	if r.Drafts.Left != 0 || r.Drafts.Finalized < 0 || r.Drafts.Discarded < 0 {
		v.add("draft_count", reason.DraftsLeft, "must be none: drafts are settled where their run made them")
	}
	for i, problem := range r.Problems {
		v.checkText(fmt.Sprintf("problems[%d].message", i), problem.Message, maxMemo)
	}
	if err := v.err(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Run, error) { return w.Run(ctx, r.ID) }, ErrNotFound,
		func(present Run) bool {
			present.Version, present.Actor, present.Outcome, present.SettledBy, present.tenant = r.Version, r.Actor, "", "", ""
			present.Retries, present.VoidReason, present.VoidReleases = 0, "", false
			return reflect.DeepEqual(r, present)
		},
		func() error { return explain(w.TakeRun(ctx, &r), "cycle run", r.ID) }, "cycle run", r.ID)
}

func (i Invoice) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	present, err := w.InvoicesOf(ctx, []InvoiceID{i.ID})
	if err != nil {
		return intake.Outcome{}, err
	}
	// What the database would refuse is looked for before it is asked.
	if len(present) == 0 && len(i.check()) == 0 {
		if err := i.checkFree(ctx, w); err != nil {
			return intake.Judge(false, err)
		}
	}
	outcomes, err := takeInInvoices(ctx, w, []Invoice{i})
	if err != nil {
		return intake.Outcome{}, err
	}
	return outcomes[0], nil
}

// checkFree refuses an invoice whose number or days belong to another.
func (i *Invoice) checkFree(ctx context.Context, r ArchiveReader) error {
	others, err := r.Invoices(ctx, InvoiceFilter{Number: i.Number}, InvoicePlace{}, 1)
	if err != nil {
		return err
	}
	if len(others) > 0 && i.Number != 0 {
		return fault.New(fault.AlreadyExists, reason.AlreadyExists, "invoice %s has the number %d", others[0].ID, i.Number)
	}
	_, credited := i.lines()
	given, err := r.GivenCredits(ctx, credited)
	if err != nil {
		return err
	}
	for _, credit := range given {
		if credit.Invoice != "" && i.State != InvoiceVoid {
			return fault.New(fault.AlreadyExists, reason.CreditBilled, "the credit of line %d stands on invoice %s", credit.Line, credit.Invoice)
		}
	}
	if i.Voiding.Released {
		return nil // it holds no days, which another may bill by now
	}
	for _, period := range i.Periods() {
		billed, err := r.BilledBefore(ctx, period.Line, period.Start.AddDays(1))
		if err != nil {
			return err
		}
		if billed == period.Start {
			return fault.New(fault.AlreadyExists, reason.PeriodBilled, "another invoice bills line %d from %s on", period.Line, period.Start)
		}
	}
	return nil
}

// takeInInvoices takes invoices in, with a few statements for all of them.
func takeInInvoices(ctx context.Context, w ArchiveWriter, invoices []Invoice) ([]intake.Outcome, error) {
	known, err := whereabouts(ctx, w, invoices)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := takeNew(invoices, known.invoices, "invoice", func(i Invoice) InvoiceID { return i.ID },
		func(i Invoice) (Invoice, error) { return i, append(i.check(), known.check(&i)...).err() }, sameInvoice)
	if err != nil {
		return nil, err
	}
	if err := w.TakeInvoices(ctx, created); err != nil {
		if errors.Is(err, ErrTaken) {
			return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "what the invoices bill was billed at the same time; try again")
		}
		return nil, err
	}
	return outcomes, nil
}

func sameInvoice(a, b Invoice) bool {
	a.Revision, b.Revision = Revision{}, Revision{}
	return reflect.DeepEqual(a, b)
}

// placed is what there is of all that some invoices name.
type placed struct {
	invoices map[InvoiceID]Invoice
	billTos  map[BillToID]BillTo
	lines    map[LineID]bool
}

func whereabouts(ctx context.Context, r ArchiveReader, invoices []Invoice) (*placed, error) {
	var billTos distinct[BillToID]
	var lines distinct[LineID]
	ids := make([]InvoiceID, len(invoices))
	for i := range invoices {
		ids[i] = invoices[i].ID
		billTos.add(invoices[i].BillTo)
		for _, item := range invoices[i].Items {
			for _, part := range item.Parts {
				lines.add(LineID(part.Line))
			}
		}
	}
	p := &placed{lines: map[LineID]bool{}}
	var err error
	if p.invoices, err = index(func() ([]Invoice, error) { return r.InvoicesOf(ctx, ids) }, func(i Invoice) InvoiceID { return i.ID }); err != nil {
		return nil, err
	}
	if p.billTos, err = index(func() ([]BillTo, error) { return r.BillTosOf(ctx, billTos.list) }, func(b BillTo) BillToID { return b.ID }); err != nil {
		return nil, err
	}
	known, err := r.KnownLines(ctx, lines.list)
	for _, id := range known {
		p.lines[id] = true
	}
	return p, err
}

func (p *placed) check(i *Invoice) (v violations) {
	if _, known := p.billTos[i.BillTo]; !known {
		v.add("bill_to", reason.NotFound, fmt.Sprintf("there is no bill-to %d", i.BillTo))
	}
	for n, item := range i.Items {
		for m, part := range item.Parts {
			if !p.lines[LineID(part.Line)] {
				v.add(fmt.Sprintf("items[%d].parts[%d].recurring_line", n, m), reason.NotFound, fmt.Sprintf("there is no recurring line %d", part.Line))
			}
		}
	}
	return v
}

// takeIn takes a credit note in. What it gives back is part of what its invoice says was given back of it.
func (n CreditNote) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if err := n.check(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (CreditNote, error) { return w.CreditNote(ctx, n.ID) }, ErrNotFound,
		func(present CreditNote) bool {
			present.Revision = Revision{}
			return reflect.DeepEqual(n, present)
		},
		func() error {
			if err := n.checkInvoice(ctx, w); err != nil {
				return err
			}
			return explain(w.CreateCreditNote(ctx, &n), "credit note", n.ID)
		}, "credit note", n.ID)
}

func (n *CreditNote) check() error {
	var v violations
	if n.ID <= 0 {
		v.add(FieldID, reason.Required, "must be the number of the credit note, 1 or more")
	}
	if n.IssueDate.IsZero() {
		v.add("issue_date", reason.Required, "must be given")
	}
	v.checkCorrectionReason(n.Reason)
	if n.Total <= 0 {
		v.add("total", reason.OutOfRange, "must be above zero")
	}
	sum := int64(0)
	for i, item := range n.Items {
		in := fmt.Sprintf("items[%d].", i)
		if item.Position < 1 || item.Amount <= 0 || item.Amount > n.Total {
			v.add(in+"amount", reason.OutOfRange, "must be above zero and not above the total, of an item of the invoice")
			return v.err()
		}
		v.checkText(in+"description", item.Description, maxMemo)
		sum += item.Amount
	}
	if len(n.Items) > 0 && sum != n.Total {
		v.add("total", reason.NotTheSum, "must be the sum of the items")
	}
	return v.err()
}

// checkInvoice holds a credit note to the invoice that it corrects.
func (n *CreditNote) checkInvoice(ctx context.Context, r ArchiveReader) error {
	invoice, err := r.Invoice(ctx, n.Invoice)
	if errors.Is(err, ErrNotFound) {
		return fault.InvalidField("invoice", reason.NotFound, "there is no invoice %s", n.Invoice)
	}
	if err != nil {
		return err
	}
	if n.InvoiceNumber != invoice.Number || n.BillTo != invoice.BillTo || n.Customer != invoice.Customer || n.Currency != invoice.Currency {
		return fault.InvalidField("invoice", reason.Inconsistent, "invoice %s has another number, account, customer or currency", n.Invoice)
	}
	for _, item := range n.Items {
		if item.Position > len(invoice.Items) {
			return fault.InvalidField("items", reason.NotFound, "invoice %s has no item %d", n.Invoice, item.Position)
		}
	}
	given := n.Total
	for after := CreditNoteID(0); ; {
		notes, err := r.CreditNotes(ctx, CreditNoteFilter{Invoice: n.Invoice}, after, exportPage)
		if err != nil {
			return err
		}
		for _, note := range notes {
			given, after = given+note.Total, note.ID
		}
		if len(notes) < exportPage {
			break
		}
	}
	if given > invoice.Credited {
		return fault.InvalidField("total", reason.Inconsistent, "is more than what invoice %s says was given back of it", n.Invoice)
	}
	return nil
}

// Periods are the parts of periods of lines that the invoice bills. What a change of the rate cut within a part is one
// again.
func (i *Invoice) Periods() (periods []BilledPeriod) {
	for _, item := range i.Items {
		if item.Credit {
			continue
		}
		places := map[LineID]int{}
		for _, part := range item.Parts {
			line := LineID(part.Line)
			place, seen := places[line]
			if !seen {
				places[line] = len(periods)
				periods = append(periods, BilledPeriod{Line: line, Span: part.Span, Invoice: i.ID})
				continue
			}
			if part.Span.Start.Before(periods[place].Start) {
				periods[place].Start = part.Span.Start
			}
			if periods[place].End.Before(part.Span.End) {
				periods[place].End = part.Span.End
			}
		}
	}
	return periods
}

// check refuses an invoice that does not sum up, or is not of one piece.
func (i *Invoice) check() (v violations) {
	if i.Run <= 0 || i.BillTo <= 0 || i.ID != invoiceID(i.Run, i.BillTo, i.Currency) {
		v.add("name", reason.InvalidName, "must be made of the numbers of the run and the bill-to and the currency")
	}
	v.checkCustomer(i.Customer)
	v.checkLife(i)
	if i.IssueDate.IsZero() {
		v.add("issue_date", reason.Required, "must be given")
	}
	if len(i.Items) == 0 {
		v.add("items", reason.Required, "must be given")
	}
	var sum exactSum
	for n := range i.Items {
		v.checkItem(fmt.Sprintf("items[%d].", n), &i.Items[n])
		sum.add(i.Items[n].Amount)
	}
	if !sum.is(i.Total) {
		v.add("total", reason.NotTheSum, "must be the sum of the items")
	}
	return v
}

// checkLife holds the state of an invoice to its number and to what became of it.
func (v *violations) checkLife(i *Invoice) {
	numbered := i.State == InvoiceFinalized || i.State == InvoiceVoid
	if !numbered {
		v.add("state", reason.UnknownValue, "must be finalized or void")
	}
	if i.Number < 1 {
		v.add("number", reason.Required, "must be given, 1 or more")
	}
	if i.Credited < 0 || i.Credited > max(i.Total, 0) || (i.Credited > 0 && i.State != InvoiceFinalized) {
		v.add("credited", reason.OutOfRange, "must be at most the total, of a finalized invoice")
	}
	if void := i.State == InvoiceVoid; void == i.Voiding.At.IsZero() || void == i.Voiding.Day.IsZero() {
		v.add("void_time", reason.Inconsistent, "must be given for a void invoice, and for no other")
	} else if void {
		v.checkText("void_reason", i.Voiding.Reason, maxReason)
	}
}

func (v *violations) checkItem(in string, item *billing.Item) {
	v.checkText(in+"item", item.Code, maxCode)
	v.checkText(in+"description", item.Description, maxMemo)
	v.checkText(in+"memo", item.Memo, maxMemo)
	if !item.Period.Start.Before(item.Period.End) {
		v.add(in+"period_end", reason.BeforeStart, "must lie after the first day")
	}
	if item.Credit == (item.Months > 0) || len(item.Parts) == 0 || (item.Credit && len(item.Parts) > 1) {
		v.add(in+"parts", reason.Inconsistent, "must be given: one of a credit, which has no bill cycle, and one or more of any other")
	}
	var sum exactSum
	for m := range item.Parts {
		part := &item.Parts[m]
		sum.add(part.Amount)
		of := fmt.Sprintf("%sparts[%d].", in, m)
		v.checkText(of+"item", part.Item, maxCode)
		v.checkText(of+"description", part.Description, maxMemo)
		v.checkText(of+"memo", part.Memo, maxMemo)
		if part.Line <= 0 || (part.Amount != 0 && (part.Amount < 0) != item.Credit) {
			v.add(of+"amount", reason.OutOfRange, "must be what a line costs, or what is given back of one, below zero")
		}
		if !part.Span.Start.Before(part.Span.End) || part.Span.Start.Before(item.Period.Start) || item.Period.End.Before(part.Span.End) {
			v.add(of+"end_date", reason.OutOfRange, "must lie after the first day, both within the item's period")
		}
	}
	if !sum.is(item.Amount) {
		v.add(in+"amount", reason.NotTheSum, "must be the sum of the parts")
	}
}

// exactSum adds amounts and knows whether the sum can be held.
type exactSum struct {
	minor    int64
	overflow bool
}

func (s *exactSum) add(minor int64) {
	sum := s.minor + minor
	s.overflow = s.overflow || (minor > 0 && sum < s.minor) || (minor < 0 && sum > s.minor)
	s.minor = sum
}

func (s *exactSum) is(minor int64) bool { return !s.overflow && s.minor == minor }
