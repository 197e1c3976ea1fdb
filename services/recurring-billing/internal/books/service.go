package books

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Resource is an Item, a BillTo, a MasterAccount, a Line, a Profile, an Upcoming schedule, a FormerBillTo, a FormerProfile, a
// Run, an Invoice or a CreditNote.
type Resource any

// Service exports all that a tenant has from a store and imports it into another.
type Service struct {
	store Store
	clock clock.Clock
}

// NewService is the service on a store; the clock dates what is imported.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{store: store, clock: clock}
}

// exportPage is how many resources an export reads at once.
const exportPage = 1000

// Export gives all resources of a tenant, each after those it names, all of one snapshot. A run that has not ended is
// left out: what it left to bill is due in the next one. Drafts, which only the run that made them settles, are refused.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, give func(Resource) error) error {
	return s.store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		for _, export := range []func(context.Context, Reader, func(Resource) error) error{exportCatalogue, s.exportSettings, exportFormer, exportBooks} {
			if err := export(ctx, r, give); err != nil {
				return err
			}
		}
		return nil
	})
}

func exportCatalogue(ctx context.Context, r Reader, give func(Resource) error) error {
	if err := giveEach(ctx, r.Items, func(i catalogue.Item) catalogue.ItemID { return i.ID }, give); err != nil {
		return err
	}
	if err := giveEach(ctx, r.BillTos, func(b catalogue.BillTo) catalogue.BillToID { return b.ID }, give); err != nil {
		return err
	}
	if err := giveEach(ctx, r.MasterAccounts, func(m catalogue.MasterAccount) catalogue.MasterAccountID { return m.ID }, give); err != nil {
		return err
	}
	return giveEach(ctx, r.Lines, func(l line.Line) line.ID { return l.ID }, give)
}

// exportSettings gives the billing profile and the billing schedule, where they were ever set.
func (s *Service) exportSettings(ctx context.Context, r Reader, give func(Resource) error) error {
	profile, err := r.ProfileAt(ctx, invoice.Issued{})
	if err == nil {
		err = give(profile)
	}
	if err != nil && !errors.Is(err, resource.ErrNotFound) {
		return err
	}
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, resource.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	upcoming, err := run.UpcomingOf(ctx, r, schedule, s.clock.Now())
	if err != nil {
		return err
	}
	return give(upcoming)
}

func exportBooks(ctx context.Context, r Reader, give func(Resource) error) error {
	ended := func(ctx context.Context, after run.ID, limit int) ([]run.Run, error) {
		return r.EndedRuns(ctx, after, limit)
	}
	if err := giveEach(ctx, ended, func(r run.Run) run.ID { return r.ID }, give); err != nil {
		return err
	}
	drafts, err := r.Invoices(ctx, invoice.Filter{State: invoice.Draft}, invoice.Place{}, 1)
	if err != nil {
		return err
	}
	if len(drafts) > 0 {
		return fault.New(fault.FailedPrecondition, reason.DraftsLeft, "cycle run %d has drafts: finalize or discard them first", drafts[0].Run)
	}
	invoices := func(ctx context.Context, after int64, limit int) ([]invoice.Invoice, error) {
		return r.WholeInvoices(ctx, invoice.Filter{}, invoice.Place{Number: after}, limit)
	}
	if err := giveEach(ctx, invoices, func(i invoice.Invoice) int64 { return i.Number }, give); err != nil {
		return err
	}
	notes := func(ctx context.Context, after invoice.CreditNoteID, limit int) ([]invoice.CreditNote, error) {
		return r.CreditNotes(ctx, invoice.CreditNoteFilter{}, after, limit)
	}
	return giveEach(ctx, notes, func(n invoice.CreditNote) invoice.CreditNoteID { return n.ID }, give)
}

func giveEach[N ~int32 | ~int64, T Resource](ctx context.Context, read func(ctx context.Context, after N, limit int) ([]T, error), number func(T) N, give func(Resource) error) error {
	for after, more := N(0), true; more; {
		list, err := read(ctx, after, exportPage)
		if err != nil {
			return err
		}
		for _, resource := range list {
			if err := give(resource); err != nil {
				return err
			}
			after = number(resource)
		}
		more = len(list) == exportPage
	}
	return nil
}

// Import imports resources that lived elsewhere before, with their numbers and codes: an outcome each, in their order,
// all in one transaction. Those that others name stand before them. A resource is checked as a new one is, but that a
// line may name what has been retired since, and keep the bill-to of a master account that it is no longer receivable
// to. One that is there already, the same but for its Revision, stays as it is; another of its key is an AlreadyExists
// fault. An error means that nothing was kept.
func (s *Service) Import(ctx context.Context, resources []Resource) (outcomes []intake.Outcome, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	attempt := func(importAll func(context.Context, Writer, []Resource) ([]intake.Outcome, error)) error {
		return s.store.Write(ctx, caller, s.clock.Now(), func(ctx context.Context, w Writer) error {
			outcomes, err = importAll(ctx, w, resources)
			return err
		})
	}
	// What the database refuses of many it does not name: only one by one is it known which.
	if err = attempt(importMany); errors.Is(err, resource.ErrTaken) {
		err = attempt(importEach)
	}
	return outcomes, err
}

// importMany imports neighbours of a kind with a few statements for all of them.
func importMany(ctx context.Context, w Writer, resources []Resource) ([]intake.Outcome, error) {
	outcomes := make([]intake.Outcome, 0, len(resources))
	for len(resources) > 0 {
		var taken []intake.Outcome
		var err error
		if lines := leading[line.Line](resources); len(lines) > 0 {
			taken, err = importLines(ctx, w, lines)
		} else if invoices := leading[invoice.Invoice](resources); len(invoices) > 0 {
			taken, err = importInvoices(ctx, w, invoices)
		} else {
			taken, err = importEach(ctx, w, resources[:1])
		}
		if err != nil {
			return nil, err
		}
		outcomes, resources = append(outcomes, taken...), resources[len(taken):]
	}
	return outcomes, nil
}

// importOne imports one resource.
func importOne(ctx context.Context, w Writer, resource Resource) (intake.Outcome, error) {
	switch r := resource.(type) {
	case catalogue.Item:
		return importItem(ctx, w, r)
	case catalogue.BillTo:
		return importBillTo(ctx, w, r)
	case catalogue.MasterAccount:
		return importMasterAccount(ctx, w, r)
	case line.Line:
		return importLine(ctx, w, r)
	case invoice.Profile:
		return importProfile(ctx, w, r)
	case run.Upcoming:
		return importSchedule(ctx, w, r)
	case invoice.FormerBillTo:
		return importFormerBillTo(ctx, w, r)
	case invoice.FormerProfile:
		return importFormerProfile(ctx, w, r)
	case run.Run:
		return importRun(ctx, w, r)
	case invoice.Invoice:
		return importInvoice(ctx, w, r)
	case invoice.CreditNote:
		return importCreditNote(ctx, w, r)
	}
	return intake.Outcome{}, fmt.Errorf("a %T cannot be imported", resource)
}

func importEach(ctx context.Context, w Writer, resources []Resource) ([]intake.Outcome, error) {
	outcomes := make([]intake.Outcome, len(resources))
	for i, resource := range resources {
		var err error
		if outcomes[i], err = importOne(ctx, w, resource); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// leading is the resources at the beginning that are of one kind.
func leading[T Resource](resources []Resource) (first []T) {
	for _, resource := range resources {
		one, ok := resource.(T)
		if !ok {
			break
		}
		first = append(first, one)
	}
	return first
}
