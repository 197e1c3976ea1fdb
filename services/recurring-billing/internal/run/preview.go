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

// split divides the bill-tos of a run into ranges.
func (s *Service) split(ctx context.Context, r DueReader, filter Filter) ([]Range, error) {
	cutter := splitter{maxLines: s.lines}
	if err := r.CountLines(ctx, filter, cutter.add); err != nil {
		return nil, err
	}
	return cutter.end(), nil
}

// due makes the invoices of a run for a range of bill-tos, as drafts. Both runs and previews use
// it.
func due(ctx context.Context, r DueReader, run Run, in Range) ([]invoice.Invoice, []Problem, error) {
	lines, err := r.DueLines(ctx, in, run.AsOf, run.Filter)
	if err != nil {
		return nil, nil, err
	}
	credits, err := r.Credits(ctx, in, run.Filter)
	if err != nil {
		return nil, nil, err
	}
	oneOffs, err := r.DueCharges(ctx, in, run.AsOf, run.Filter)
	if err != nil || len(lines)+len(credits)+len(oneOffs) == 0 {
		return nil, nil, err
	}
	owed := billing.Due{Lines: lines, Credits: credits, OneOffs: oneOffs}
	masters := map[string]bool{}
	for i := range lines {
		if !lines[i].StandsAlone() {
			masters[lines[i].MasterItem] = true
		}
	}
	if owed.Descriptions, err = r.Descriptions(ctx, slices.Collect(maps.Keys(masters))); err != nil {
		return nil, nil, err
	}
	if owed.Proration, err = r.Proration(ctx); err != nil {
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
			Currency: money.Currency(m.Currency), Total: m.Total, Items: m.Items, Lines: m.Lines, OneOffs: m.OneOffs,
		}
	}
	problems := make([]Problem, len(missing))
	for i, m := range missing {
		problems[i] = Problem{BillTo: catalogue.BillToID(m.BillTo), Currency: money.Currency(m.Currency), Message: m.Err.Error()}
	}
	return invoices, problems, nil
}

// Preview calls give with the invoices that a run would make, as drafts, and the problems that
// would keep others from being made, in the order of bill-tos. give is called between reads of the
// store. As in a run, later reads see what others commit meanwhile.
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
