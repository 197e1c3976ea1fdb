package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

func importInvoice(ctx context.Context, w Writer, i invoice.Invoice) (imports.Outcome, error) {
	present, err := w.InvoicesOf(ctx, []invoice.ID{i.ID})
	if err != nil {
		return imports.Outcome{}, err
	}
	// Check beforehand what the database would reject.
	var v fault.Violations
	if checkInvoice(&v, &i); len(present) == 0 && v.None() {
		if err := checkFree(ctx, w, &i); err != nil {
			return imports.OutcomeOf(false, err)
		}
	}
	outcomes, err := importInvoices(ctx, w, []invoice.Invoice{i})
	if err != nil {
		return imports.Outcome{}, err
	}
	return outcomes[0], nil
}

// checkFree returns a fault if the invoice's number, credits or days belong to another invoice.
func checkFree(ctx context.Context, r InvoiceImportWriter, i *invoice.Invoice) error {
	others, err := r.Invoices(ctx, listing.Query{Where: listing.Is(invoice.FieldNumber, i.Number), Limit: 1})
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return fault.New(fault.AlreadyExists, reason.AlreadyExists, "invoice %s has the number %d", others[0].ID, i.Number)
	}
	_, credited := i.BilledLines()
	given, err := r.GivenCredits(ctx, credited)
	if err != nil {
		return err
	}
	for _, credit := range given {
		if credit.Kind == "" && credit.Invoice != "" && credit.Invoice != i.ID && i.State != invoice.Void && i.Carries(credit.Line, credit.Span) {
			return fault.New(fault.AlreadyExists, reason.CreditBilled, "the credit of line %d stands on invoice %s", credit.Line, credit.Invoice)
		}
	}
	if i.Voiding.Released {
		return nil // a void invoice that released its days holds none
	}
	billed, _ := i.BilledLines()
	if given, err = r.GivenCredits(ctx, billed); err != nil {
		return err
	}
	for _, period := range i.PeriodsLeft(given) {
		others, err := r.PeriodsOf(ctx, []line.ID{period.Line}, period.Span)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			shared := others[0].Overlap(period.Span)
			return fault.New(fault.AlreadyExists, reason.PeriodBilled, "invoice %s bills line %d already from %s to %s",
				others[0].Invoice, period.Line, shared.Start, shared.End.AddDays(-1))
		}
	}
	return nil
}

// sharesDays reports whether invoices bill days of a line that another of them, or a stored one, bills.
func sharesDays(ctx context.Context, r InvoiceImportWriter, invoices []invoice.Invoice) (bool, error) {
	lines, periods, err := heldBy(ctx, r, invoices)
	if err != nil || len(periods) == 0 {
		return false, err
	}
	all := periods[0].Span
	for _, period := range periods {
		if period.Start.Before(all.Start) {
			all.Start = period.Start
		}
		if all.End.Before(period.End) {
			all.End = period.End
		}
	}
	stored, err := r.PeriodsOf(ctx, lines, all)
	if err != nil {
		return false, err
	}
	periods = append(periods, stored...)
	slices.SortFunc(periods, func(a, b invoice.BilledPeriod) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), a.Start.Compare(b.Start))
	})
	for i := range periods[1:] {
		if periods[i].Line == periods[i+1].Line && periods[i].Overlaps(periods[i+1].Span) {
			return true, nil
		}
	}
	return false, nil
}

// heldBy returns the lines that invoices bill, and the periods that they hold of them once they are
// imported.
func heldBy(ctx context.Context, r InvoiceImportWriter, invoices []invoice.Invoice) ([]line.ID, []invoice.BilledPeriod, error) {
	var lines distinct[line.ID]
	for i := range invoices {
		billed, _ := invoices[i].BilledLines()
		for _, l := range billed {
			lines.add(l)
		}
	}
	given, err := r.GivenCredits(ctx, lines.list)
	if err != nil {
		return nil, nil, err
	}
	credits := map[invoice.ID][]invoice.GivenCredit{}
	for _, credit := range given {
		credits[credit.Of] = append(credits[credit.Of], credit)
	}
	var periods []invoice.BilledPeriod
	for i := range invoices {
		if !invoices[i].Voiding.Released {
			periods = append(periods, invoices[i].PeriodsLeft(credits[invoices[i].ID])...)
		}
	}
	return lines.list, periods, nil
}

// importInvoices imports invoices, with a few statements for all of them.
func importInvoices(ctx context.Context, w Writer, invoices []invoice.Invoice) ([]imports.Outcome, error) {
	known, err := namedBy(ctx, w, invoices)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := importNew(invoices, known.invoices, "invoice", func(i invoice.Invoice) invoice.ID { return i.ID },
		func(i invoice.Invoice) (invoice.Invoice, error) {
			var v fault.Violations
			checkInvoice(&v, &i)
			known.check(&v, &i)
			return i, v.Err()
		}, sameInvoice)
	if err != nil {
		return nil, err
	}
	shared, err := sharesDays(ctx, w, created)
	if err != nil {
		return nil, err
	}
	if shared {
		err = mutation.ErrTaken
	} else {
		err = w.ImportInvoices(ctx, created)
	}
	if err != nil {
		if errors.Is(err, mutation.ErrTaken) {
			return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "another invoice has the number of one, bills its days or carries its credits; try again if that one was made at the same time")
		}
		return nil, err
	}
	return outcomes, nil
}

func sameInvoice(a, b invoice.Invoice) bool {
	a.Revision, b.Revision = mutation.Revision{}, mutation.Revision{}
	return reflect.DeepEqual(a, b)
}

// named holds the stored resources that some invoices refer to.
type named struct {
	invoices map[invoice.ID]invoice.Invoice
	billTos  map[catalogue.BillToID]catalogue.BillTo
	lines    map[line.ID]bool
	charges  map[charge.ID]charge.Charge
}

func namedBy(ctx context.Context, r InvoiceImportWriter, invoices []invoice.Invoice) (*named, error) {
	var billTos distinct[catalogue.BillToID]
	var lines distinct[line.ID]
	var charges distinct[charge.ID]
	ids := make([]invoice.ID, len(invoices))
	for i := range invoices {
		ids[i] = invoices[i].ID
		billTos.add(invoices[i].BillTo)
		for _, item := range invoices[i].Items {
			charges.add(charge.ID(item.OneOff))
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
	if n.charges, err = index(func() ([]charge.Charge, error) { return r.ChargesOf(ctx, charges.list) }, func(c charge.Charge) charge.ID { return c.ID }); err != nil {
		return nil, err
	}
	known, err := r.KnownLines(ctx, lines.list)
	for _, id := range known {
		n.lines[id] = true
	}
	return n, err
}

func (n *named) check(v *fault.Violations, i *invoice.Invoice) {
	if _, known := n.billTos[i.BillTo]; !known {
		v.Add("bill_to", reason.NotFound, "there is no bill-to %d", i.BillTo)
	}
	n.checkCharges(v, i)
	for at, item := range i.Items {
		for m, part := range item.Parts {
			if !n.lines[line.ID(part.Line)] {
				v.Add(fmt.Sprintf("items[%d].parts[%d].recurring_line", at, m), reason.NotFound, "there is no recurring line %d", part.Line)
			}
		}
	}
}
