package invoice

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// DocumentStore stores the content of the documents of all tenants.
type DocumentStore = mutation.Store[DocumentReader, DocumentWriter]

// DocumentReader reads the content of documents. It returns ErrNotFound for a resource that does
// not exist.
type DocumentReader interface {
	OriginReader
	PartyReader
	Invoice(ctx context.Context, id ID) (Invoice, error)
	// WholeInvoices is Reader.Invoices with items.
	WholeInvoices(ctx context.Context, query listing.Query) ([]Invoice, error)
	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	// ProfileAt and BillToAt return the values that applied when a document was issued, or the
	// present ones for a document that is not issued. ProfileAt returns ErrNotFound if no profile
	// was set then.
	ProfileAt(ctx context.Context, issued Issued) (Profile, error)
	BillToAt(ctx context.Context, id catalogue.BillToID, issued Issued) (catalogue.BillTo, error)
	// Proration returns how the tenant's periods are priced: as its profile says or, if it never
	// chose, by period if it billed before that could be chosen.
	Proration(ctx context.Context) (billing.Proration, error)
	// HasBilled reports whether any period of the tenant's lines is billed.
	HasBilled(ctx context.Context) (bool, error)
	// Today returns the date at an instant in the time zone of the tenant's billing schedule.
	Today(ctx context.Context, at time.Time) (date.Date, error)
}

// DocumentWriter reads and writes the content of documents.
type DocumentWriter interface {
	DocumentReader
	mutation.Writer
	// PutProfile replaces the profile, and preserves the former one for documents issued earlier.
	PutProfile(ctx context.Context, profile *Profile) error
}

// DocumentService provides the documents printed from invoices and credit notes, and manages the
// billing profile that they show. The tenant and the actor come from the context; without them,
// every method returns an Unauthenticated fault.
type DocumentService struct {
	mutation.Service[DocumentReader, DocumentWriter]
}

// NewDocumentService returns a service that uses store. It reads the clock only to date changes.
func NewDocumentService(store DocumentStore, clock clock.Clock) *DocumentService {
	return &DocumentService{mutation.Service[DocumentReader, DocumentWriter]{Store: store, Clock: clock}}
}
