package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// DocumentStore keeps what documents of all tenants say.
type DocumentStore = mutation.Store[DocumentReader, DocumentWriter]

// DocumentReader reads what documents say. Reading what does not exist is ErrNotFound.
type DocumentReader interface {
	OriginReader
	Invoice(ctx context.Context, id ID) (Invoice, error)
	// WholeInvoices is Reader.Invoices with their items.
	WholeInvoices(ctx context.Context, query listing.Query) ([]Invoice, error)
	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	// ProfileAt and BillToAt are what held when a document was issued, or what holds now for one that is not. ProfileAt is
	// ErrNotFound where no profile was set then.
	ProfileAt(ctx context.Context, issued Issued) (Profile, error)
	BillToAt(ctx context.Context, id catalogue.BillToID, issued Issued) (catalogue.BillTo, error)
}

// DocumentWriter reads and writes what documents say.
type DocumentWriter interface {
	DocumentReader
	mutation.Writer
	// PutProfile replaces the profile, and keeps what documents that were issued say of the former one.
	PutProfile(ctx context.Context, profile *Profile) error
}

// DocumentService is what can be done with the documents that invoices and credit notes are printed as, and with the profile
// of the seller, whom they name. The tenant and the actor are those of the context; without them every method is an
// Unauthenticated fault.
type DocumentService struct {
	mutation.Service[DocumentReader, DocumentWriter]
}

// NewDocumentService is the service on a store. The clock dates changes.
func NewDocumentService(store DocumentStore, clock clock.Clock) *DocumentService {
	return &DocumentService{mutation.Service[DocumentReader, DocumentWriter]{Store: store, Clock: clock}}
}
