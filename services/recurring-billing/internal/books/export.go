package books

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// exportPage is how many resources an export reads at once.
const exportPage = 1000

// Export sends all resources of a tenant from one snapshot, each after those that it refers to. A
// run that has not ended is left out; what it did not bill is due in the next one. Export fails if
// there are drafts, which only the run that made them can settle.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, send func(Resource) error) error {
	return s.Store.Stream(ctx, tenant, func(ctx context.Context, r Reader) error {
		for _, export := range []func(context.Context, Reader, func(Resource) error) error{exportCatalogue, s.exportSettings, exportFormer, exportIncreases, exportBooks} {
			if err := export(ctx, r, send); err != nil {
				return err
			}
		}
		return nil
	})
}

func exportCatalogue(ctx context.Context, r Reader, send func(Resource) error) error {
	if err := exportList(ctx, r.Items, "number", func(i catalogue.Item) int64 { return int64(i.ID) }, send); err != nil {
		return err
	}
	if err := exportList(ctx, r.BillTos, "name", func(b catalogue.BillTo) int64 { return int64(b.ID) }, send); err != nil {
		return err
	}
	if err := exportList(ctx, r.MasterAccounts, "number", func(m catalogue.MasterAccount) int64 { return int64(m.ID) }, send); err != nil {
		return err
	}
	if err := exportList(ctx, r.Lines, "name", func(l line.Line) int64 { return int64(l.ID) }, send); err != nil {
		return err
	}
	return exportList(ctx, r.Charges, "name", func(c charge.Charge) int64 { return int64(c.ID) }, send)
}

// exportSettings sends the billing profile and the billing schedule if they were ever set.
func (s *Service) exportSettings(ctx context.Context, r Reader, send func(Resource) error) error {
	profile, err := r.ProfileAt(ctx, invoice.Issued{})
	if err == nil {
		proration, failed := r.Proration(ctx)
		if failed != nil {
			return failed
		}
		profile.Take(proration)
		err = send(profile)
	}
	if err != nil && !errors.Is(err, mutation.ErrNotFound) {
		return err
	}
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	upcoming, err := run.UpcomingOf(ctx, r, schedule, s.Clock.Now())
	if err != nil {
		return err
	}
	return send(upcoming)
}

func exportBooks(ctx context.Context, r Reader, send func(Resource) error) error {
	ended := func(ctx context.Context, after run.ID, limit int) ([]run.Run, error) {
		return r.EndedRuns(ctx, after, limit)
	}
	if err := exportPages(ctx, ended, func(r run.Run) run.ID { return r.ID }, send); err != nil {
		return err
	}
	drafts, err := r.Invoices(ctx, listing.Query{
		Where: listing.Is(invoice.FieldState, invoice.Draft), Order: []listing.Order{{Field: invoice.FieldRun}}, Limit: 1,
	})
	if err != nil {
		return err
	}
	if len(drafts) > 0 {
		return fault.New(fault.FailedPrecondition, reason.DraftsLeft, "cycle run %d has drafts: finalize or discard them first", drafts[0].Run)
	}
	if err := exportList(ctx, r.WholeInvoices, invoice.FieldNumber, func(i invoice.Invoice) int64 { return i.Number }, send); err != nil {
		return err
	}
	return exportList(ctx, r.CreditNotes, "name", func(n invoice.CreditNote) int64 { return int64(n.ID) }, send)
}

// exportList sends the resources of a list, ordered by a numeric field.
func exportList[T Resource](ctx context.Context, list func(context.Context, listing.Query) ([]T, error), field string, number func(T) int64, send func(Resource) error) error {
	query := listing.Query{Order: []listing.Order{{Field: field}}, Limit: exportPage}
	return listing.Each(ctx, list, query, func(t T) any { return number(t) }, func(t T) error { return send(t) })
}

// exportPages sends the resources of all pages after a number.
func exportPages[N ~int32 | ~int64, T Resource](ctx context.Context, read func(ctx context.Context, after N, limit int) ([]T, error), number func(T) N, send func(Resource) error) error {
	for after, more := N(0), true; more; {
		list, err := read(ctx, after, exportPage)
		if err != nil {
			return err
		}
		for _, resource := range list {
			if err := send(resource); err != nil {
				return err
			}
			after = number(resource)
		}
		more = len(list) == exportPage
	}
	return nil
}

// exportFormer sends the former bill-tos and billing profiles that issued documents show.
func exportFormer(ctx context.Context, r Reader, send func(Resource) error) error {
	for after, more := catalogue.BillToID(0), true; more; {
		page, err := r.BillTos(ctx, listing.Numbered("name", after, exportPage))
		if err != nil {
			return err
		}
		ids := make([]catalogue.BillToID, len(page))
		for i, billTo := range page {
			ids[i], after = billTo.ID, billTo.ID
		}
		formers, err := r.FormerBillTosOf(ctx, ids)
		if err != nil {
			return err
		}
		if err := exportAll(formers, send); err != nil {
			return err
		}
		more = len(page) == exportPage
	}
	profiles, err := r.FormerProfiles(ctx)
	if err != nil {
		return err
	}
	return exportAll(profiles, send)
}

func exportAll[T Resource](resources []T, send func(Resource) error) error {
	for _, resource := range resources {
		if err := send(resource); err != nil {
			return err
		}
	}
	return nil
}
