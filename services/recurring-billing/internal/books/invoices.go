package books

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func importProfile(ctx context.Context, w Writer, p invoice.Profile) (intake.Outcome, error) {
	if err := p.Check(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (invoice.Profile, error) { return w.ProfileAt(ctx, invoice.Issued{}) }, resource.ErrNotFound,
		func(present invoice.Profile) bool {
			present.Revision = resource.Revision{}
			return p == present
		},
		func() error { return w.PutProfile(ctx, &p) }, "billing profile", "of the tenant")
}

// importSchedule imports a schedule. Days that it had no run for before it moved have theirs here.
func importSchedule(ctx context.Context, w Writer, u run.Upcoming) (intake.Outcome, error) {
	schedule := u.Schedule
	if err := schedule.Check(); err != nil {
		return intake.Judge(false, err)
	}
	schedule.Since = u.NextRun
	if schedule.Since.IsZero() && schedule.Enabled {
		return intake.Judge(false, fault.InvalidField("next_run_date", reason.Required, "must be given for a schedule that is switched on"))
	}
	return intake.Take(func() (run.Schedule, error) { return w.Schedule(ctx) }, resource.ErrNotFound,
		func(present run.Schedule) bool {
			present.Since, present.Revision = schedule.Since, resource.Revision{}
			return reflect.DeepEqual(schedule, present)
		},
		func() error { return w.PutSchedule(ctx, &schedule) }, "billing schedule", "of the tenant")
}

func importRun(ctx context.Context, w Writer, r run.Run) (intake.Outcome, error) {
	var v resource.Violations
	if r.ID <= 0 {
		v.Add(resource.FieldID, reason.Required, "must be the number of the run, 1 or more")
	}
	if !r.State.Ended() || r.State == "" {
		v.Add("state", reason.RunNotEnded, "must be that of a run that has ended")
	}
	if r.AsOf.IsZero() {
		v.Add("as_of_date", reason.Required, "must be given")
	}
	if r.Created.IsZero() || r.Ended.IsZero() {
		v.Add("end_time", reason.Required, "must be given, and create_time with it")
	}
	if r.Drafts.Left != 0 || r.Drafts.Finalized < 0 || r.Drafts.Discarded < 0 {
		v.Add("draft_count", reason.DraftsLeft, "must be none: drafts are settled where their run made them")
	}
	for i, problem := range r.Problems {
		v.CheckText(fmt.Sprintf("problems[%d].message", i), problem.Message, line.MaxMemo)
	}
	if err := v.Err(); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (run.Run, error) { return w.Run(ctx, r.ID) }, resource.ErrNotFound,
		func(present run.Run) bool {
			present.Version, present.Actor, present.Outcome, present.SettledBy = r.Version, r.Actor, "", ""
			present.Retries, present.VoidReason, present.VoidReleases = 0, "", false
			return reflect.DeepEqual(r, present)
		},
		func() error { return resource.Explain(w.ImportRun(ctx, &r), "cycle run", r.ID) }, "cycle run", r.ID)
}

func importInvoice(ctx context.Context, w Writer, i invoice.Invoice) (intake.Outcome, error) {
	present, err := w.InvoicesOf(ctx, []invoice.ID{i.ID})
	if err != nil {
		return intake.Outcome{}, err
	}
	// What the database would refuse is looked for before it is asked.
	if len(present) == 0 && len(checkInvoice(&i)) == 0 {
		if err := checkFree(ctx, w, &i); err != nil {
			return intake.Judge(false, err)
		}
	}
	outcomes, err := importInvoices(ctx, w, []invoice.Invoice{i})
	if err != nil {
		return intake.Outcome{}, err
	}
	return outcomes[0], nil
}

// checkFree refuses an invoice whose number or days belong to another.
func checkFree(ctx context.Context, r InvoiceImportWriter, i *invoice.Invoice) error {
	others, err := r.Invoices(ctx, invoice.Filter{Number: i.Number}, invoice.Place{}, 1)
	if err != nil {
		return err
	}
	if len(others) > 0 && i.Number != 0 {
		return fault.New(fault.AlreadyExists, reason.AlreadyExists, "invoice %s has the number %d", others[0].ID, i.Number)
	}
	_, credited := i.BilledLines()
	given, err := r.GivenCredits(ctx, credited)
	if err != nil {
		return err
	}
	for _, credit := range given {
		if credit.Invoice != "" && i.State != invoice.Void {
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

// importInvoices imports invoices, with a few statements for all of them.
func importInvoices(ctx context.Context, w Writer, invoices []invoice.Invoice) ([]intake.Outcome, error) {
	known, err := namedBy(ctx, w, invoices)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := importNew(invoices, known.invoices, "invoice", func(i invoice.Invoice) invoice.ID { return i.ID },
		func(i invoice.Invoice) (invoice.Invoice, error) {
			return i, append(checkInvoice(&i), known.check(&i)...).Err()
		}, sameInvoice)
	if err != nil {
		return nil, err
	}
	if err := w.ImportInvoices(ctx, created); err != nil {
		if errors.Is(err, resource.ErrTaken) {
			return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "what the invoices bill was billed at the same time; try again")
		}
		return nil, err
	}
	return outcomes, nil
}

func sameInvoice(a, b invoice.Invoice) bool {
	a.Revision, b.Revision = resource.Revision{}, resource.Revision{}
	return reflect.DeepEqual(a, b)
}

// named is what there is of all that some invoices name.
type named struct {
	invoices map[invoice.ID]invoice.Invoice
	billTos  map[catalogue.BillToID]catalogue.BillTo
	lines    map[line.ID]bool
}

func namedBy(ctx context.Context, r InvoiceImportWriter, invoices []invoice.Invoice) (*named, error) {
	var billTos distinct[catalogue.BillToID]
	var lines distinct[line.ID]
	ids := make([]invoice.ID, len(invoices))
	for i := range invoices {
		ids[i] = invoices[i].ID
		billTos.add(invoices[i].BillTo)
		for _, item := range invoices[i].Items {
			for _, part := range item.Parts {
				lines.add(line.ID(part.Line))
			}
		}
	}
	n := &named{lines: map[line.ID]bool{}}
	var err error
	if n.invoices, err = index(func() ([]invoice.Invoice, error) { return r.InvoicesOf(ctx, ids) }, func(i invoice.Invoice) invoice.ID { return i.ID }); err != nil {
		return nil, err
	}
	if n.billTos, err = index(func() ([]catalogue.BillTo, error) { return r.BillTosOf(ctx, billTos.list) }, func(b catalogue.BillTo) catalogue.BillToID { return b.ID }); err != nil {
		return nil, err
	}
	known, err := r.KnownLines(ctx, lines.list)
	for _, id := range known {
		n.lines[id] = true
	}
	return n, err
}

func (n *named) check(i *invoice.Invoice) (v resource.Violations) {
	if _, known := n.billTos[i.BillTo]; !known {
		v.Add("bill_to", reason.NotFound, fmt.Sprintf("there is no bill-to %d", i.BillTo))
	}
	for at, item := range i.Items {
		for m, part := range item.Parts {
			if !n.lines[line.ID(part.Line)] {
				v.Add(fmt.Sprintf("items[%d].parts[%d].recurring_line", at, m), reason.NotFound, fmt.Sprintf("there is no recurring line %d", part.Line))
			}
		}
	}
	return v
}

// importCreditNote imports a credit note. What it gives back is part of what its invoice says was given back of it.
func importCreditNote(ctx context.Context, w Writer, n invoice.CreditNote) (intake.Outcome, error) {
	if err := checkCreditNote(&n); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (invoice.CreditNote, error) { return w.CreditNote(ctx, n.ID) }, resource.ErrNotFound,
		func(present invoice.CreditNote) bool {
			present.Revision = resource.Revision{}
			return reflect.DeepEqual(n, present)
		},
		func() error {
			if err := checkCredited(ctx, w, &n); err != nil {
				return err
			}
			return resource.Explain(w.CreateCreditNote(ctx, &n), "credit note", n.ID)
		}, "credit note", n.ID)
}

func checkCreditNote(n *invoice.CreditNote) error {
	var v resource.Violations
	if n.ID <= 0 {
		v.Add(resource.FieldID, reason.Required, "must be the number of the credit note, 1 or more")
	}
	if n.IssueDate.IsZero() {
		v.Add("issue_date", reason.Required, "must be given")
	}
	invoice.CheckReason(&v, n.Reason)
	if n.Total <= 0 {
		v.Add("total", reason.OutOfRange, "must be above zero")
	}
	sum := int64(0)
	for i, item := range n.Items {
		in := fmt.Sprintf("items[%d].", i)
		if item.Position < 1 || item.Amount <= 0 || item.Amount > n.Total {
			v.Add(in+"amount", reason.OutOfRange, "must be above zero and not above the total, of an item of the invoice")
			return v.Err()
		}
		v.CheckText(in+"description", item.Description, line.MaxMemo)
		sum += item.Amount
	}
	if len(n.Items) > 0 && sum != n.Total {
		v.Add("total", reason.NotTheSum, "must be the sum of the items")
	}
	return v.Err()
}

// checkCredited holds a credit note to the invoice that it corrects.
func checkCredited(ctx context.Context, r CreditNoteImportWriter, n *invoice.CreditNote) error {
	inv, err := r.Invoice(ctx, n.Invoice)
	if errors.Is(err, resource.ErrNotFound) {
		return fault.InvalidField("invoice", reason.NotFound, "there is no invoice %s", n.Invoice)
	}
	if err != nil {
		return err
	}
	if n.InvoiceNumber != inv.Number || n.BillTo != inv.BillTo || n.Customer != inv.Customer || n.Currency != inv.Currency {
		return fault.InvalidField("invoice", reason.Inconsistent, "invoice %s has another number, account, customer or currency", n.Invoice)
	}
	for _, item := range n.Items {
		if item.Position > len(inv.Items) {
			return fault.InvalidField("items", reason.NotFound, "invoice %s has no item %d", n.Invoice, item.Position)
		}
	}
	given := n.Total
	for after := invoice.CreditNoteID(0); ; {
		notes, err := r.CreditNotes(ctx, invoice.CreditNoteFilter{Invoice: n.Invoice}, after, exportPage)
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
	if given > inv.Credited {
		return fault.InvalidField("total", reason.Inconsistent, "is more than what invoice %s says was given back of it", n.Invoice)
	}
	return nil
}

// checkInvoice refuses an invoice that does not sum up, or is not of one piece.
func checkInvoice(i *invoice.Invoice) (v resource.Violations) {
	if i.Run <= 0 || i.BillTo <= 0 || i.ID != invoice.IDOf(i.Run, i.BillTo, i.Currency) {
		v.Add("name", reason.InvalidName, "must be made of the numbers of the run and the bill-to and the currency")
	}
	catalogue.CheckCustomer(&v, i.Customer)
	checkLife(&v, i)
	if i.IssueDate.IsZero() {
		v.Add("issue_date", reason.Required, "must be given")
	}
	if len(i.Items) == 0 {
		v.Add("items", reason.Required, "must be given")
	}
	var sum money.Sum
	for n := range i.Items {
		checkItem(&v, fmt.Sprintf("items[%d].", n), &i.Items[n])
		sum = sum.Plus(money.SumOf(i.Items[n].Amount))
	}
	if sum != money.SumOf(i.Total) {
		v.Add("total", reason.NotTheSum, "must be the sum of the items")
	}
	return v
}

// checkLife holds the state of an invoice to its number and to what became of it.
func checkLife(v *resource.Violations, i *invoice.Invoice) {
	numbered := i.State == invoice.Finalized || i.State == invoice.Void
	if !numbered {
		v.Add("state", reason.UnknownValue, "must be finalized or void")
	}
	if i.Number < 1 {
		v.Add("number", reason.Required, "must be given, 1 or more")
	}
	if i.Credited < 0 || i.Credited > max(i.Total, 0) || (i.Credited > 0 && i.State != invoice.Finalized) {
		v.Add("credited", reason.OutOfRange, "must be at most the total, of a finalized invoice")
	}
	if void := i.State == invoice.Void; void == i.Voiding.At.IsZero() || void == i.Voiding.Day.IsZero() {
		v.Add("void_time", reason.Inconsistent, "must be given for a void invoice, and for no other")
	} else if void {
		v.CheckText("void_reason", i.Voiding.Reason, invoice.MaxReason)
	}
}

func checkItem(v *resource.Violations, in string, item *billing.InvoiceItem) {
	v.CheckText(in+"item", item.Code, catalogue.MaxCode)
	v.CheckText(in+"description", item.Description, line.MaxMemo)
	v.CheckText(in+"memo", item.Memo, line.MaxMemo)
	if !item.Period.Start.Before(item.Period.End) {
		v.Add(in+"period_end", reason.BeforeStart, "must lie after the first day")
	}
	if item.Credit == (item.Months > 0) || len(item.Parts) == 0 || (item.Credit && len(item.Parts) > 1) {
		v.Add(in+"parts", reason.Inconsistent, "must be given: one of a credit, which has no bill cycle, and one or more of any other")
	}
	var sum money.Sum
	for m := range item.Parts {
		part := &item.Parts[m]
		sum = sum.Plus(money.SumOf(part.Amount))
		of := fmt.Sprintf("%sparts[%d].", in, m)
		v.CheckText(of+"item", part.Item, catalogue.MaxCode)
		v.CheckText(of+"description", part.Description, line.MaxMemo)
		v.CheckText(of+"memo", part.Memo, line.MaxMemo)
		if part.Line <= 0 || (part.Amount != 0 && (part.Amount < 0) != item.Credit) {
			v.Add(of+"amount", reason.OutOfRange, "must be what a line costs, or what is given back of one, below zero")
		}
		if !part.Span.Start.Before(part.Span.End) || part.Span.Start.Before(item.Period.Start) || item.Period.End.Before(part.Span.End) {
			v.Add(of+"end_date", reason.OutOfRange, "must lie after the first day, both within the item's period")
		}
	}
	if sum != money.SumOf(item.Amount) {
		v.Add(in+"amount", reason.NotTheSum, "must be the sum of the parts")
	}
}
