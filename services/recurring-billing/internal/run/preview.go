package run

import (
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// split cuts the bill-tos that a run looks at into ranges.
func (s *Service) split(ctx context.Context, r DueReader, filter Filter) ([]Range, error) {
	cutter := splitter{most: s.lines}
	if err := r.CountLines(ctx, filter, cutter.add); err != nil {
		return nil, err
	}
	return cutter.end(), nil
}

// due is the invoices that a run makes for a range of bill-tos, as drafts. Runs and previews have no other way to make
// one.
func due(ctx context.Context, r DueReader, run Run, in Range) ([]invoice.Invoice, []Problem, error) {
	lines, err := r.DueLines(ctx, in, run.AsOf, run.Filter)
	if err != nil {
		return nil, nil, err
	}
	credits, err := r.Credits(ctx, in, run.Filter)
	if err != nil || len(lines)+len(credits) == 0 {
		return nil, nil, err
	}
	owed := billing.Due{Lines: lines, Credits: credits}
	masters := map[string]bool{}
	for i := range lines {
		if !lines[i].StandsAlone() {
			masters[lines[i].MasterItem] = true
		}
	}
	if owed.Descriptions, err = r.Descriptions(ctx, slices.Collect(maps.Keys(masters))); err != nil {
		return nil, nil, err
	}
	customers, err := r.Customers(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	made, missing := billing.Bill(owed, run.AsOf)
	invoices := make([]invoice.Invoice, len(made))
	for i, m := range made {
		billTo := catalogue.BillToID(m.BillTo)
		invoices[i] = invoice.Invoice{
			State: invoice.Draft, Run: run.ID, BillTo: billTo, Customer: customers[billTo], IssueDate: run.AsOf,
			Currency: money.Currency(m.Currency), Total: m.Total, Items: m.Items, Lines: m.Lines,
		}
	}
	problems := make([]Problem, len(missing))
	for i, m := range missing {
		problems[i] = Problem{BillTo: catalogue.BillToID(m.BillTo), Currency: money.Currency(m.Currency), Message: m.Err.Error()}
	}
	return invoices, problems, nil
}

// Preview gives the invoices that a run would make, and why others would not be made, in the order of bill-tos. They are
// drafts. give is called between the reads of the store, which see what others commit meanwhile, as a run does.
func (s *Service) Preview(ctx context.Context, asOf date.Date, filter Filter, give func([]invoice.Invoice, []Problem) error) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	if err := s.checkFilter(ctx, filter); err != nil {
		return err
	}
	var ranges []Range
	run := Run{Filter: filter}
	err = s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) (err error) {
		if run.AsOf, err = s.asOf(ctx, r, asOf); err != nil {
			return err
		}
		ranges, err = s.split(ctx, r, filter)
		return err
	})
	if err != nil {
		return err
	}
	for _, in := range ranges {
		var invoices []invoice.Invoice
		var problems []Problem
		err := s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) (err error) {
			invoices, problems, err = due(ctx, r, run, in)
			return err
		})
		if err != nil {
			return err
		}
		if err := give(invoices, problems); err != nil {
			return err
		}
	}
	return nil
}
