package domain

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
)

// ArchiveStore keeps what is billed and what was billed, in one database.
type ArchiveStore interface {
	// Read runs do on one consistent snapshot of the tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, ArchiveReader) error) error
	// Write runs do in one transaction: all that it writes is kept, durably, or nothing is. do may run more than once.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, ArchiveWriter) error) error
}

// ArchiveReader reads all that a tenant has.
type ArchiveReader interface {
	Reader
	BillingReader
	BookReader
}

// ArchiveWriter reads and writes it.
type ArchiveWriter interface {
	Writer
	BillingWriter
	BookReader
	BookWriter
}

// Resource is an Item, a BillTo, a MasterAccount, a Line, a Profile, an Upcoming schedule, a FormerBillTo, a FormerProfile, a
// Run, an Invoice or a CreditNote.
type Resource interface {
	// takeIn takes the resource in for an import.
	takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error)
}

// Archive moves all that a tenant has out of a store and into another.
type Archive struct {
	store ArchiveStore
	clock clock.Clock
}

// NewArchive is the archive of a store; the clock dates what is taken in.
func NewArchive(store ArchiveStore, clock clock.Clock) *Archive {
	return &Archive{store: store, clock: clock}
}

// exportPage is how many resources an export reads at once.
const exportPage = 1000

// Export gives out all resources of a tenant, each after those it names, all of one snapshot. A run that has not ended is
// left out: what it left to bill is due in the next one. Drafts, which only the run that made them settles, are refused.
func (a *Archive) Export(ctx context.Context, tenant auth.Tenant, give func(Resource) error) error {
	return a.store.Read(ctx, tenant, func(ctx context.Context, r ArchiveReader) error {
		for _, export := range []func(context.Context, ArchiveReader, func(Resource) error) error{exportCatalogue, a.exportSettings, exportFormer, exportBooks} {
			if err := export(ctx, r, give); err != nil {
				return err
			}
		}
		return nil
	})
}

func exportCatalogue(ctx context.Context, r ArchiveReader, give func(Resource) error) error {
	if err := giveEach(ctx, r.Items, func(i Item) ItemID { return i.ID }, give); err != nil {
		return err
	}
	if err := giveEach(ctx, r.BillTos, func(b BillTo) BillToID { return b.ID }, give); err != nil {
		return err
	}
	if err := giveEach(ctx, r.MasterAccounts, func(m MasterAccount) MasterAccountID { return m.ID }, give); err != nil {
		return err
	}
	return giveEach(ctx, r.Lines, func(l Line) LineID { return l.ID }, give)
}

// exportSettings gives out the billing profile and the billing schedule, where they were ever set.
func (a *Archive) exportSettings(ctx context.Context, r ArchiveReader, give func(Resource) error) error {
	profile, err := r.ProfileAt(ctx, Issued{})
	if err == nil {
		err = give(profile)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	upcoming, err := upcomingOf(ctx, r, schedule, a.clock.Now())
	if err != nil {
		return err
	}
	return give(upcoming)
}

func exportBooks(ctx context.Context, r ArchiveReader, give func(Resource) error) error {
	ended := func(ctx context.Context, after RunID, limit int) ([]Run, error) {
		return r.EndedRuns(ctx, after, limit)
	}
	if err := giveEach(ctx, ended, func(r Run) RunID { return r.ID }, give); err != nil {
		return err
	}
	drafts, err := r.Invoices(ctx, InvoiceFilter{State: InvoiceDraft}, InvoicePlace{}, 1)
	if err != nil {
		return err
	}
	if len(drafts) > 0 {
		return fault.New(fault.FailedPrecondition, reason.DraftsLeft, "cycle run %d has drafts: finalize or discard them first", drafts[0].Run)
	}
	invoices := func(ctx context.Context, after int64, limit int) ([]Invoice, error) {
		return r.WholeInvoices(ctx, InvoiceFilter{}, InvoicePlace{Number: after}, limit)
	}
	if err := giveEach(ctx, invoices, func(i Invoice) int64 { return i.Number }, give); err != nil {
		return err
	}
	notes := func(ctx context.Context, after CreditNoteID, limit int) ([]CreditNote, error) {
		return r.CreditNotes(ctx, CreditNoteFilter{}, after, limit)
	}
	return giveEach(ctx, notes, func(n CreditNote) CreditNoteID { return n.ID }, give)
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

// Import takes resources in that lived elsewhere before, with their numbers and codes: an outcome each, in their order,
// all in one transaction. Those that others name stand before them. A resource is checked as a new one is, but that a
// line may name what has been retired since, and keep the bill-to of a master account that it is no longer receivable
// to. One that is there already, the same but for its Revision, stays as it is; another of its key is an AlreadyExists
// fault. An error means that nothing was kept.
func (a *Archive) Import(ctx context.Context, resources []Resource) (outcomes []intake.Outcome, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	take := func(takeIn func(context.Context, ArchiveWriter, []Resource) ([]intake.Outcome, error)) error {
		return a.store.Write(ctx, caller, a.clock.Now(), func(ctx context.Context, w ArchiveWriter) error {
			outcomes, err = takeIn(ctx, w, resources)
			return err
		})
	}
	// What the database refuses of many it does not name: only one by one is it known which.
	if err = take(takeInMany); errors.Is(err, ErrTaken) {
		err = take(takeInEach)
	}
	return outcomes, err
}

// takeInMany takes in neighbours of a kind with a few statements for all of them.
func takeInMany(ctx context.Context, w ArchiveWriter, resources []Resource) ([]intake.Outcome, error) {
	outcomes := make([]intake.Outcome, 0, len(resources))
	for len(resources) > 0 {
		var taken []intake.Outcome
		var err error
		if lines := leading[Line](resources); len(lines) > 0 {
			taken, err = takeInLines(ctx, w, lines)
		} else if invoices := leading[Invoice](resources); len(invoices) > 0 {
			taken, err = takeInInvoices(ctx, w, invoices)
		} else {
			taken, err = takeInEach(ctx, w, resources[:1])
		}
		if err != nil {
			return nil, err
		}
		outcomes, resources = append(outcomes, taken...), resources[len(taken):]
	}
	return outcomes, nil
}

func takeInEach(ctx context.Context, w ArchiveWriter, resources []Resource) ([]intake.Outcome, error) {
	outcomes := make([]intake.Outcome, len(resources))
	for i, resource := range resources {
		var err error
		if outcomes[i], err = resource.takeIn(ctx, w); err != nil {
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
